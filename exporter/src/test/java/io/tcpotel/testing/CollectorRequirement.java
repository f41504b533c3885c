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
    String program = System.getenv(PROGRAM);
    boolean isThere = program != null && Files.isExecutable(Path.of(program));
    List<String> missing = isThere ? List.of() : List.of("a program named by " + PROGRAM);
    return KernelRequirement.evaluate(
        "with the Collector", missing, REQUIRE, System.getenv(REQUIRE));
  }
}
