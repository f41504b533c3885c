// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.ComposedCollector;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.RealCollector;
import java.nio.file.Path;
import java.util.List;

/** The real Collector on the node, which asks the real API server; pods reach it. */
final class ClusterCollector {
  private final int port = FreePort.find();
  private final Path file;

  ClusterCollector(Path file) {
    this.file = file;
  }

  String endpoint() {
    return "http://" + Cluster.hostAddress() + ":" + port;
  }

  RealCollector start() {
    return new ComposedCollector("to-file.yaml", "kubernetes.yaml")
        .with("COLLECTOR_LISTEN", "0.0.0.0:" + port)
        .with("COLLECTOR_FILE", file.toString())
        .with("KUBERNETES_AUTH", "kubeConfig")
        .start();
  }

  List<ConnectionEnd.Arrived> arrived() {
    return ConnectionEnd.read(file);
  }

  List<ConnectionEnd> ends() {
    return arrived().stream().map(ConnectionEnd.Arrived::end).toList();
  }

  void awaitEnds(int count) {
    Await.until(count + " ends", () -> arrived().size() >= count);
  }
}
