// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    return evaluate("with the Collector", PROGRAM, REQUIRE);
  }

  /** Skips tests {@code with} the program that a variable names, or fails them, without it. */
  static ConditionEvaluationResult evaluate(String with, String variable, String require) {
    String program = System.getenv(variable);
    List<String> missing =
        isProgram(program) ? List.of() : List.of("a program named by " + variable);
    return KernelRequirement.evaluate(with, missing, require, System.getenv(require));
  }

  static boolean isProgram(String path) {
    return path != null && Files.isExecutable(Path.of(path));
  }
}
