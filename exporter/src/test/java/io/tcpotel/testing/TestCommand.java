// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a command of the system to its end; its output is the result, or the reason why it failed.
 */
public final class TestCommand {
  static final Duration LIMIT = Duration.ofSeconds(30);

  private TestCommand() {}

  static String run(List<String> words) {
    try {
      // A file, not a pipe: neither much output nor a child that outlives the command can block the
      // test.
      Path output = Files.createTempFile("tcpotel-command", ".out");
      try {
        return run(words, output);
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(String.join(" ", words), e);
    }
  }

  public static String run(String... words) {
    return run(List.of(words));
  }

  private static String run(List<String> words, Path output) throws IOException {
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(output.toFile())
            .start();
    boolean ended = waitFor(process);
    String text = Files.readString(output);
    if (!ended) {
      process.destroyForcibly();
      throw new IllegalStateException(words + " ran for more than " + LIMIT + ": " + text);
    }
    if (process.exitValue() != 0) {
      throw new IllegalStateException(words + " exited with " + process.exitValue() + ": " + text);
    }
    return text;
  }

  private static boolean waitFor(Process process) {
    try {
      return process.waitFor(LIMIT.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
