// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import com.google.gson.JsonObject;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Workloads of a namespace whose connections are known, and what the API server says of them. */
final class Traffic {
  private final Path truth;
  private final Map<String, String> values;
  private final Map<KnownConnection.Place, PodIdentity> seen = new HashMap<>();

  /** With the server, which listens when this returns. */
  Traffic(String namespace, Path folder, int port, int closedPort) throws IOException {
    truth = Files.createDirectory(folder.resolve("truth"));
    Cluster.importImage(
        Path.of(TestCommand.run("src/kubernetes/traffic/image", folder.toString()).strip()));
    values =
        new HashMap<>(
            Map.of(
                "NAMESPACE", namespace,
                "TRUTH", truth.toString(),
                "PORT", Integer.toString(port),
                "CLOSED", Integer.toString(closedPort)));
    Cluster.apply("web.yaml", values);
    Await.until("the server listens", () -> isTold("web", ".listening"));
    values.put("SERVER", Cluster.text(server(), "status", "podIP"));
  }

  /** The pod that all others connect to. */
  JsonObject server() {
    return Cluster.list("pods", "-n", value("NAMESPACE"), "-l", "app=web").getFirst();
  }

  /** From now on workloads connect to this address. */
  void setServer(String address) {
    values.put("SERVER", address);
  }

  /** Whether a pod of {@code workload} has written such a file. */
  private boolean isTold(String workload, String suffix) {
    String[] names = truth.toFile().list();
    return names != null
        && Stream.of(names)
            .anyMatch(name -> name.startsWith(workload + "-") && name.endsWith(suffix));
  }

  void apply(String manifest) {
    Cluster.apply(manifest, values);
  }

  /** Starts a workload that connects with pauses until {@link #end}. */
  void dialUntilEnd(String name, int pauseMs) {
    dial(name, 0, pauseMs);
  }

  /** Likewise, {@code count} times. */
  void dial(String name, int count, int pauseMs) {
    start(
        name,
        "dial",
        value("SERVER"),
        value("PORT"),
        value("CLOSED"),
        Integer.toString(count),
        Integer.toString(pauseMs),
        "then",
        "wait");
  }

  /** Starts a workload that opens {@code count} connections; returns when all of them are open. */
  void hold(String name, int count) {
    start(name, "hold", value("SERVER"), value("PORT"), Integer.toString(count));
    Await.until(name + " holds", () -> isTold(name, ".holding"));
  }

  /** Likewise a Job, whose pod has {@code sidecar}. */
  void startJob(String name, Sidecar sidecar) {
    values.put("NAME", name);
    Cluster.apply(sidecar.addTo(Cluster.manifest("job.yaml", values)));
    openGate(name, "job-name=" + name, 3);
  }

  private void start(String name, String... arguments) {
    values.put("NAME", name);
    values.put(
        "ARGS",
        Stream.of(arguments).map(each -> '"' + each + '"').collect(Collectors.joining(", ")));
    Cluster.apply("deployment.yaml", values);
    openGate(name, "app=" + name, 1);
  }

  /**
   * Lets a workload connect once the API server knows its containers, from which the Collector has
   * their names.
   */
  private void openGate(String name, String selector, int containers) {
    Await.until(
        name + " has started",
        () ->
            Cluster.list("pods", "-n", value("NAMESPACE"), "-l", selector).stream()
                .anyMatch(pod -> PodIdentity.startedContainers(pod).size() == containers));
    try {
      Files.createFile(truth.resolve(name + ".go"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Ends these workloads of one pod; returns when they have told all of their connections. */
  void end(String... names) {
    know();
    for (String name : names) {
      Cluster.kubectl("delete", "deployment", name, "-n", value("NAMESPACE"));
      Cluster.kubectl(
          "wait",
          "pod",
          "--for=delete",
          "-n",
          value("NAMESPACE"),
          "-l",
          "app=" + name,
          "--timeout=60s");
    }
  }

  Path runStaticPod() {
    return Cluster.runStaticPod("static.yaml", values);
  }

  List<KnownConnection> known() {
    return KnownConnection.read(truth);
  }

  long clients() {
    return known().stream().filter(KnownConnection::isClient).count();
  }

  /** Waits until that many ends are told, without a look at them. */
  void awaitTold(long ends) {
    Await.until(
        ends + " ends",
        () -> {
          Await.pause(100);
          return KnownConnection.count(truth) >= ends;
        });
  }

  /** Waits for {@code count} connections, and asks the API server whose they are. */
  void awaitClients(long count) {
    Await.until(count + " connections", () -> clients() >= count);
    know();
  }

  /** Asks for the pods that are there; those that will be gone are remembered. */
  void know() {
    for (JsonObject pod : Cluster.list("pods", "-n", value("NAMESPACE"))) {
      String name = Cluster.text(pod, "metadata", "name");
      for (String container : PodIdentity.startedContainers(pod)) {
        seen.put(
            new KnownConnection.Place(value("NAMESPACE"), name, container),
            PodIdentity.of(pod, container));
      }
    }
  }

  List<ConnectionEnd> expected() {
    return expected(known());
  }

  List<ConnectionEnd> expected(List<KnownConnection> of) {
    return of.stream().map(this::expected).toList();
  }

  ConnectionEnd expected(KnownConnection end) {
    return end.expected(seen.get(end.place()));
  }

  String value(String name) {
    return values.get(name);
  }
}
