// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import com.google.gson.JsonObject;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestCommand;
import java.util.ArrayList;
import java.util.List;

/** The chart, installed by Helm into a namespace. */
record AgentRelease(String namespace, String endpoint, int port, int closedPort) {
  private static final String NAME = "tcpotel";
  private static final String SELECTOR = "app.kubernetes.io/instance=" + NAME;
  private static final String SECONDS = "120s";

  void install(String... settings) {
    helm("install", settings);
  }

  /** Returns when the new pod is ready. */
  void upgrade(String... settings) {
    helm("upgrade", settings);
    Cluster.kubectl(
        "rollout", "status", "daemonset/" + NAME, "-n", namespace, "--timeout", SECONDS);
  }

  private void helm(String verb, String... settings) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "helm",
                verb,
                NAME,
                "../otel-config/helm/tcpotel",
                "-n",
                namespace,
                "--set",
                "endpoint=" + endpoint,
                "--set",
                "image.pullPolicy=Never",
                "--set",
                "cgroupRoot=" + TestCgroup.root().orElseThrow(),
                // An option in the file has one value; each of these is another argument.
                "--set-json",
                "extraArgs=[\"--filter-port=%d\",\"--filter-port=%d\"]"
                    .formatted(port, closedPort)));
    command.addAll(List.of(settings));
    TestCommand.run(command.toArray(String[]::new));
  }

  void uninstall() {
    TestCommand.run("helm", "uninstall", NAME, "-n", namespace, "--wait", "--timeout", SECONDS);
    Cluster.kubectl(
        "wait", "pod", "--for=delete", "-n", namespace, "-l", SELECTOR, "--timeout", SECONDS);
  }

  void awaitReady() {
    Cluster.kubectl(
        "wait",
        "pod",
        "--for=condition=Ready",
        "-n",
        namespace,
        "-l",
        SELECTOR,
        "--timeout",
        SECONDS);
  }

  JsonObject pod() {
    return Cluster.list("pods", "-n", namespace, "-l", SELECTOR).getFirst();
  }

  /** The agent's process, by the host's id. */
  long process() {
    return Cluster.processes(PodIdentity.containerId(pod(), NAME)).getFirst();
  }

  /** Names of all objects that the chart can make and that are still there. */
  List<JsonObject> objects() {
    return Cluster.list(
        "all,configmaps,serviceaccounts,clusterroles,clusterrolebindings", "-A", "-l", SELECTOR);
  }
}
