// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** As much of Kubernetes' API as clients that list and watch need: its objects never change. */
public final class KubernetesApi implements AutoCloseable {
  private static final Map<String, String> KINDS =
      Map.of(
          "pods", "Pod",
          "namespaces", "Namespace",
          "nodes", "Node",
          "replicasets", "ReplicaSet",
          "deployments", "Deployment",
          "daemonsets", "DaemonSet",
          "statefulsets", "StatefulSet",
          "jobs", "Job",
          "cronjobs", "CronJob");
  private static final String LIST =
      """
      {"apiVersion": "%s", "kind": "%sList", "metadata": {"resourceVersion": "7"}, "items": [%s]}
      """;

  private static final String REFUSAL =
      """
      {"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": "Invalid", "code": 422}
      """;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Map<String, String> objects;
  private final HttpServer server;

  private KubernetesApi(Map<String, String> objects, HttpServer server) {
    this.objects = objects;
    this.server = server;
  }

  /**
   * On a free port.
   *
   * @param objects by kind in the plural, as {@code pods}, in JSON with commas between
   */
  public static KubernetesApi start(Map<String, String> objects) {
    try {
      HttpServer server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
      KubernetesApi api = new KubernetesApi(objects, server);
      server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
      server.createContext("/", api::answer);
      server.start();
      return api;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      String query = String.valueOf(exchange.getRequestURI().getQuery());
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      if (query.contains("sendInitialEvents=true")) { // the client lists instead
        send(exchange, 422, REFUSAL);
      } else if (query.contains("watch=true") || query.contains("watch=1")) {
        exchange.sendResponseHeaders(200, 0);
        exchange.getResponseBody().flush();
        closed.await();
      } else {
        String[] parts = path.split("/"); // "", api, v1, pods; or "", apis, apps, v1, deployments
        String kind = parts[parts.length - 1];
        String version = parts.length == 4 ? parts[2] : parts[2] + "/" + parts[3];
        String items = objects.getOrDefault(kind, "");
        send(exchange, 200, LIST.formatted(version, KINDS.get(kind), items));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void send(HttpExchange exchange, int status, String text) throws IOException {
    byte[] body = text.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  /** A file for {@code KUBECONFIG} in {@code folder}. */
  public Path configuration(Path folder) throws IOException {
    String text =
        """
        apiVersion: v1
        kind: Config
        clusters: [{name: test, cluster: {server: "http://127.0.0.1:%d"}}]
        contexts: [{name: test, context: {cluster: test, user: test}}]
        users: [{name: test, user: {}}]
        current-context: test
        """;
    return Files.writeString(
        folder.resolve("kubeconfig"), text.formatted(server.getAddress().getPort()));
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
  }
}
