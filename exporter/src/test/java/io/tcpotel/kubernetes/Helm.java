// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.tcpotel.testing.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Helm, for the chart of this repository: the program that TCPOTEL_HELM names. */
final class Helm {
  static final String CHART = "../otel-config/helm/tcpotel";

  private static final String PROGRAM = System.getenv("TCPOTEL_HELM");

  private Helm() {}

  /** Returns when it has ended. */
  static Program run(String command, String... arguments) {
    if (PROGRAM == null) {
      assertThat(System.getenv("TCPOTEL_REQUIRE_KUBERNETES"))
          .as("no TCPOTEL_HELM")
          .isNotEqualTo("1");
    }
    assumeTrue(PROGRAM != null, "no Helm: TCPOTEL_HELM names none");
    List<String> all = new ArrayList<>(List.of(PROGRAM, command));
    all.addAll(List.of(arguments));
    Program helm = Program.start(Map.of(), all);
    helm.await();
    return helm;
  }

  /** What it prints, without errors. */
  static String output(String command, String... arguments) {
    Program helm = run(command, arguments);
    assertThat(helm.await()).as(helm.messages()).isZero();
    return helm.output();
  }

  /** The objects of the chart, without its test, as of Kubernetes 1.36. */
  static String template(String... arguments) {
    List<String> all =
        new ArrayList<>(
            List.of(
                "tcpotel", CHART, "--namespace=tcpotel", "--no-hooks", "--kube-version=1.36.0"));
    all.addAll(List.of(arguments));
    return output("template", all.toArray(String[]::new));
  }
}
