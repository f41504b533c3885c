// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What a Grafana is asked, by a server that answers as Grafana's documentation says. */
@Tag("socket")
class GrafanaFolderTest {
  private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
  private HttpServer server;
  private JsonObject kept;
  private int status = 200;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String request = exchange.getRequestMethod() + " " + exchange.getRequestURI();
    asked.add(exchange.getRequestHeaders().getFirst("Authorization") + " " + request);
    String answer = "{\"message\":\"said by Grafana\"}";
    if (request.equals("POST /api/dashboards/db")) {
      kept = JsonParser.parseString(body).getAsJsonObject();
    } else if (request.startsWith("GET")) {
      answer = kept.toString();
    }
    exchange.sendResponseHeaders(status, answer.length());
    exchange.getResponseBody().write(answer.getBytes(StandardCharsets.UTF_8));
    exchange.close();
  }

  private GrafanaFolder folder(String user) {
    return new GrafanaFolder(
        URI.create("http://" + user + "127.0.0.1:" + server.getAddress().getPort()));
  }

  @Test
  void aDashboardIsImportedUnderAnIdOfItsOwnAndGoesWithTheFolder() {
    String uid;
    try (GrafanaFolder folder = folder("ann:secret@")) {
      JsonObject imported =
          folder.importDashboard("{\"uid\":\"fleet\",\"title\":\"Fleet\",\"panels\":[7]}");
      uid = kept.get("folderUid").getAsString();
      assertThat(imported.get("panels")).hasToString("[7]");
      assertThat(imported.get("uid").getAsString()).isEqualTo(uid + "-0");
      folder.importDashboard("{\"uid\":\"fleet\"}");
      assertThat(kept.getAsJsonObject("dashboard").get("uid").getAsString()).isEqualTo(uid + "-1");
    }
    String user = "Basic YW5uOnNlY3JldA== ";
    assertThat(asked)
        .containsExactly(
            user + "POST /api/folders",
            user + "POST /api/dashboards/db",
            user + "GET /api/dashboards/uid/" + uid + "-0",
            user + "POST /api/dashboards/db",
            user + "GET /api/dashboards/uid/" + uid + "-1",
            user + "DELETE /api/folders/" + uid);
  }

  @Test
  void aRefusalIsAFailureWithItsText() {
    status = 412;
    assertThatThrownBy(() -> folder(""))
        .isInstanceOf(AssertionError.class)
        .hasMessage("POST /api/folders: 412 {\"message\":\"said by Grafana\"}");
    assertThat(asked).containsExactly("null POST /api/folders");
  }
}
