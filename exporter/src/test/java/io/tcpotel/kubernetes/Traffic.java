// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import com.google.gson.JsonObject;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
    Await.until("the server listens", () -> isTold(".listening"));
    // No proxy serves the Service's own address here: its endpoint is the pod's.
    JsonObject server = Cluster.list("pods", "-n", namespace, "-l", "app=web").getFirst();
    values.put("SERVER", Cluster.text(server, "status", "podIP"));
  }

  boolean isTold(String end) {
    String[] names = truth.toFile().list();
    return names != null && List.of(names).stream().anyMatch(name -> name.endsWith(end));
  }

  void apply(String manifest) {
    Cluster.apply(manifest, values);
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

  /** Waits for {@code count} connections, and asks the API server whose they are. */
  void awaitClients(long count) {
    Await.until(count + " connections", () -> clients() >= count);
    know();
  }

  /** Asks for the pods that are there; those that will be gone are remembered. */
  void know() {
    known().stream()
        .map(KnownConnection::place)
        .distinct()
        .filter(place -> !seen.containsKey(place))
        .forEach(place -> seen.put(place, identity(place)));
  }

  private static PodIdentity identity(KnownConnection.Place place) {
    JsonObject pod = Cluster.get("pod", place.pod(), "-n", place.namespace());
    return PodIdentity.of(pod, place.container());
  }

  List<ConnectionEnd> expected() {
    return known().stream().map(each -> each.expected(seen.get(each.place()))).toList();
  }

  String value(String name) {
    return values.get(name);
  }
}
