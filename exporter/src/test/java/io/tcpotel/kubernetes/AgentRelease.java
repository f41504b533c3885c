// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import com.google.gson.JsonObject;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

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
    awaitRollout();
  }

  void awaitRollout() {
    Cluster.kubectl(
        "rollout", "status", "daemonset/" + NAME, "-n", namespace, "--timeout", SECONDS);
  }

  private void helm(String verb, String... settings) {
    Program helm = start(verb, settings);
    if (helm.await() != 0) {
      throw new AssertionError(helm.messages());
    }
  }

  /** Starts Helm's {@code verb}. */
  Program start(String verb, String... settings) {
    List<String> command =
        new ArrayList<>(List.of("helm", verb, NAME, Helm.CHART, "-n", namespace));
    command.addAll(settings(settings));
    return Program.start(Map.of(), command);
  }

  /** The values of this cluster, and further ones, as options of Helm. */
  List<String> settings(String... further) {
    List<String> settings =
        new ArrayList<>(
            List.of(
                "--set=endpoint=" + endpoint,
                "--set=image.pullPolicy=Never",
                "--set=cgroupRoot=" + TestCgroup.root().orElseThrow(),
                // An option in the file has one value; each of these is another argument.
                "--set-json=extraArgs=[\"--filter-port=%d\",\"--filter-port=%d\"]"
                    .formatted(port, closedPort)));
    settings.addAll(List.of(further));
    return settings;
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
    return pods().getFirst();
  }

  List<JsonObject> pods() {
    return Cluster.list("pods", "-n", namespace, "-l", SELECTOR);
  }

  JsonObject containerStatus() {
    return Cluster.objects(pod().getAsJsonObject("status").get("containerStatuses")).stream()
        .findFirst()
        .orElseGet(AgentRelease::waiting);
  }

  private static JsonObject waiting() {
    JsonObject status = new JsonObject();
    status.add("state", new JsonObject());
    return status;
  }

  /** What the events of this namespace with this reason say. */
  List<String> messages(String reason) {
    return Cluster.list("events", "-n", namespace, "--field-selector=reason=" + reason).stream()
        .map(event -> Cluster.text(event, "message"))
        .toList();
  }

  String containerId() {
    return PodIdentity.containerId(pod(), NAME);
  }

  /** The agent's process, by the host's id. */
  long process() {
    return Cluster.processes(containerId()).getFirst();
  }

  /** Of the pod of the agent, for its probes. */
  String health(String path) {
    return "http://" + Cluster.text(pod(), "status", "podIP") + ":8086" + path;
  }

  /** Names of all objects that the chart can make and that are still there. */
  List<JsonObject> objects() {
    return Cluster.list(
        "all,configmaps,serviceaccounts,clusterroles,clusterrolebindings", "-A", "-l", SELECTOR);
  }

  /** Lines of its capability sets, but the bounding one, of all threads. */
  List<String> capabilities() throws IOException {
    try (Stream<Path> threads = Files.list(Path.of("/proc/" + process() + "/task"))) {
      return threads
          .flatMap(thread -> lines(thread.resolve("status")))
          .filter(line -> line.matches("Cap(Prm|Eff|Inh|Amb):.*"))
          .toList();
    }
  }

  private static Stream<String> lines(Path file) {
    try {
      return Files.readAllLines(file).stream();
    } catch (IOException e) {
      return Stream.empty(); // the thread has ended
    }
  }
}
