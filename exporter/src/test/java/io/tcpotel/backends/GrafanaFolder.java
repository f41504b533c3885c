// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.UUID;

/**
 * A folder of its own in somebody's Grafana; on close it is gone, with its dashboards. Nothing else
 * of that Grafana changes: folder and dashboards have ids that are new.
 */
final class GrafanaFolder implements AutoCloseable {
  private static final Duration LIMIT = Duration.ofSeconds(30);

  private final HttpClient client = HttpClient.newHttpClient();
  private final URI grafana;
  private final String uid = "tcpotel-test-" + UUID.randomUUID().toString().substring(0, 8);
  private int imported;

  /**
   * @param grafana as {@code http://NAME:PASSWORD@HOST:PORT}, or without a name where anybody may
   *     change it
   */
  GrafanaFolder(URI grafana) {
    this.grafana = grafana;
    JsonObject folder = new JsonObject();
    folder.addProperty("uid", uid);
    folder.addProperty("title", uid);
    request("POST", "/api/folders", folder.toString());
  }

  /** The dashboard as Grafana has it after the import of {@code text}. */
  JsonObject importDashboard(String text) {
    JsonObject dashboard = JsonParser.parseString(text).getAsJsonObject();
    String ofDashboard = uid + "-" + imported++;
    dashboard.addProperty("uid", ofDashboard);
    dashboard.addProperty("title", ofDashboard);
    JsonObject command = new JsonObject();
    command.add("dashboard", dashboard);
    command.addProperty("folderUid", uid);
    request("POST", "/api/dashboards/db", command.toString());
    return JsonParser.parseString(request("GET", "/api/dashboards/uid/" + ofDashboard, ""))
        .getAsJsonObject()
        .getAsJsonObject("dashboard");
  }

  private String request(String method, String path, String body) {
    String address = "http://" + grafana.getHost() + ":" + grafana.getPort();
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(address + path))
            .timeout(LIMIT)
            .header("Content-Type", "application/json")
            .method(method, BodyPublishers.ofString(body));
    if (grafana.getUserInfo() != null) {
      byte[] user = grafana.getUserInfo().getBytes(StandardCharsets.UTF_8);
      request.header("Authorization", "Basic " + Base64.getEncoder().encodeToString(user));
    }
    try {
      HttpResponse<String> answer = client.send(request.build(), BodyHandlers.ofString());
      if (answer.statusCode() != 200) {
        throw new AssertionError(
            method + " " + path + ": " + answer.statusCode() + " " + answer.body());
      }
      return answer.body();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    try (client) {
      request("DELETE", "/api/folders/" + uid, "");
    }
  }
}
