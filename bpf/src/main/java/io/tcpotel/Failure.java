// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What ends the program: the step that failed, the reason, and what the user can do. Printed as
 * such, never as a stack trace; the message never holds a header or a key.
 */
public final class Failure extends RuntimeException {
  /** Exit code: something broke while running. */
  public static final int RUNNING = 1;

  /** Exit code: wrong use or configuration. */
  public static final int USAGE = 2;

  /** Exit code: the kernel, a library or a permission is missing. */
  public static final int MISSING = 3;

  private final List<Failure> parts;
  private final int exitCode;
  private final String step;
  private final String reason;
  private final String remedy;

  private Failure(int exitCode, String step, String reason, String remedy, Throwable cause) {
    super(step + ": " + reason + System.lineSeparator() + "  " + remedy, cause);
    this.parts = List.of();
    this.exitCode = exitCode;
    this.step = step;
    this.reason = reason;
    this.remedy = remedy;
  }

  public static Failure running(String step, String reason, String remedy, Throwable cause) {
    return new Failure(RUNNING, step, reason, remedy, cause);
  }

  public static Failure usage(String step, String reason, String remedy) {
    return new Failure(USAGE, step, reason, remedy, null);
  }

  public static Failure missing(String step, String reason, String remedy) {
    return new Failure(MISSING, step, reason, remedy, null);
  }

  /** All of {@code failures}, one message after the other, with the first one's exit code. */
  public static Failure all(List<Failure> failures) {
    return failures.size() == 1 ? failures.getFirst() : new Failure(failures);
  }

  private Failure(List<Failure> failures) {
    super(
        failures.stream()
            .map(Failure::getMessage)
            .collect(Collectors.joining(System.lineSeparator() + Release.NAME + ": ")));
    this.parts = failures.stream().flatMap(failure -> failure.parts().stream()).toList();
    this.exitCode = failures.getFirst().exitCode;
    this.step = failures.getFirst().step;
    this.reason = failures.getFirst().reason;
    this.remedy = failures.getFirst().remedy;
  }

  /** Each of the failures that this one stands for: most often itself alone. */
  public List<Failure> parts() {
    return parts.isEmpty() ? List.of(this) : parts;
  }

  public int exitCode() {
    return exitCode;
  }

  /** What was being done. */
  public String step() {
    return step;
  }

  public String reason() {
    return reason;
  }

  /** What the user can do. */
  public String remedy() {
    return remedy;
  }
}
