// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips a test where there is no Collector and says so. Where {@value #REQUIRE} is 1 it fails
 * instead.
 */
public final class CollectorRequirement implements ExecutionCondition {
  static final String PROGRAM = "TCPOTEL_COLLECTOR";
  static final String REQUIRE = "TCPOTEL_REQUIRE_COLLECTOR";

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return evaluate(missing(System.getenv(PROGRAM)), "1".equals(System.getenv(REQUIRE)));
  }

  static ConditionEvaluationResult evaluate(Optional<String> missing, boolean required) {
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("there is a Collector");
    }
    String reason = "missing for tests with the Collector: " + missing.get();
    if (required) {
      throw new IllegalStateException(reason + " (" + REQUIRE + " is 1)");
    }
    return ConditionEvaluationResult.disabled(reason);
  }

  /** What is wrong with {@code program}, the value of the variable, in words. */
  static Optional<String> missing(String program) {
    if (program == null || program.isEmpty()) {
      return Optional.of(PROGRAM + " (./verify sets it where Go can build one)");
    }
    Path path = Path.of(program);
    if (Files.isDirectory(path) || !Files.isExecutable(path)) {
      return Optional.of("a program at " + program + " (" + PROGRAM + ")");
    }
    return Optional.empty();
  }
}
