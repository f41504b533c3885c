// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips a test where there is no Prometheus and says so. Where {@value #REQUIRE} is 1 it fails
 * instead.
 */
public final class PrometheusRequirement implements ExecutionCondition {
  static final String PROGRAM = "TCPOTEL_PROMETHEUS";
  static final String REQUIRE = "TCPOTEL_REQUIRE_PROMETHEUS";

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return CollectorRequirement.evaluate("with Prometheus", PROGRAM, REQUIRE);
  }
}
