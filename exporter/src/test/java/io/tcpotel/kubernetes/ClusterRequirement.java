// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import io.tcpotel.testing.KernelRequirement;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips a test where there is no cluster and says what is missing. Where {@value #REQUIRE} is 1 it
 * fails instead.
 */
final class ClusterRequirement implements ExecutionCondition {
  static final String REQUIRE = "TCPOTEL_REQUIRE_KUBERNETES";

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    List<String> missing = new ArrayList<>();
    Stream.of("KUBECONFIG", "TCPOTEL_CLUSTER")
        .filter(variable -> System.getenv(variable) == null)
        .forEach(variable -> missing.add("the variable " + variable));
    Stream.of("kubectl", "helm", "ctr", "bpftool")
        .filter(command -> !isOnPath(command))
        .forEach(command -> missing.add("the command " + command));
    return KernelRequirement.evaluate("on the real node", missing, REQUIRE, System.getenv(REQUIRE));
  }

  private static boolean isOnPath(String command) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
  }
}
