// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Ends the program: the step that failed, the reason, and the remedy. Printed as such, never as a
 * stack trace; the message never holds a header or a key.
 *
 * <p>A wrong value is a failure of its {@link Setting} instead of a step: only {@code cli} knows
 * the command-line options, and {@link #message} prints a setting under the name that it is given.
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
  private final Setting setting;
  private final String step;
  private final String reason;
  private final String remedy;

  private Failure(
      int exitCode, Setting setting, String step, String reason, String remedy, Throwable cause) {
    super(cause);
    this.parts = List.of();
    this.exitCode = exitCode;
    this.setting = setting;
    this.step = step;
    this.reason = reason;
    this.remedy = remedy;
  }

  public static Failure running(String step, String reason, String remedy, Throwable cause) {
    return new Failure(RUNNING, null, step, reason, remedy, cause);
  }

  public static Failure usage(String step, String reason, String remedy) {
    return new Failure(USAGE, null, step, reason, remedy, null);
  }

  /** The value of {@code setting} cannot be used. */
  public static Failure usage(Setting setting, String reason, String remedy) {
    return new Failure(USAGE, setting, setting.toString(), reason, remedy, null);
  }

  public static Failure missing(String step, String reason, String remedy) {
    return new Failure(MISSING, null, step, reason, remedy, null);
  }

  /** All of {@code failures}, one message after the other, with the first one's exit code. */
  public static Failure all(List<Failure> failures) {
    return failures.size() == 1 ? failures.getFirst() : new Failure(failures);
  }

  private Failure(List<Failure> failures) {
    this.parts = failures.stream().flatMap(failure -> failure.parts().stream()).toList();
    this.exitCode = failures.getFirst().exitCode;
    this.setting = failures.getFirst().setting;
    this.step = failures.getFirst().step;
    this.reason = failures.getFirst().reason;
    this.remedy = failures.getFirst().remedy;
  }

  /** Each of the failures that this one stands for: most often itself alone. */
  public List<Failure> parts() {
    return parts.isEmpty() ? List.of(this) : parts;
  }

  /** Step, reason and remedy of each part, with each setting under its name by {@code nameOf}. */
  public String message(Function<Setting, String> nameOf) {
    return parts().stream()
        .map(part -> part.ownMessage(nameOf))
        .collect(Collectors.joining(System.lineSeparator() + Release.NAME + ": "));
  }

  private String ownMessage(Function<Setting, String> nameOf) {
    String subject = setting == null ? step : nameOf.apply(setting);
    return subject + ": " + reason + System.lineSeparator() + "  " + remedy;
  }

  /** {@link #message} with the settings under their own names. */
  @Override
  public String getMessage() {
    return message(Setting::toString);
  }

  public int exitCode() {
    return exitCode;
  }

  /** The step that failed, or the setting whose value is wrong. */
  public String step() {
    return step;
  }

  public String reason() {
    return reason;
  }

  /** The action that the user can take. */
  public String remedy() {
    return remedy;
  }
}
