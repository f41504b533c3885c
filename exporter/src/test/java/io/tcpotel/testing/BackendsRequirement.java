// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips a test where the Collector, Prometheus, VictoriaLogs or Jaeger is missing and says which.
 * Where {@value #REQUIRE} is 1 it fails instead.
 */
public final class BackendsRequirement implements ExecutionCondition {
  static final String REQUIRE = "TCPOTEL_REQUIRE_BACKENDS";
  static final String VICTORIALOGS = "TCPOTEL_VICTORIALOGS";
  static final String JAEGER = "TCPOTEL_JAEGER";

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<String> missing =
        Stream.of(CollectorRequirement.PROGRAM, PrometheusRequirement.PROGRAM, VICTORIALOGS, JAEGER)
            .filter(variable -> !CollectorRequirement.isProgram(System.getenv(variable)))
            .map(variable -> "a program named by " + variable)
            .toList();
    return KernelRequirement.evaluate(
        "with the backends", missing, REQUIRE, System.getenv(REQUIRE));
  }
}
