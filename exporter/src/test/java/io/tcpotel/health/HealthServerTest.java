// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.testing.Await;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Over real connections: HTTP by the JDK's client, and bytes that are not HTTP. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class HealthServerTest {
  private static final Duration LONG = Duration.ofMinutes(5);

  private final List<AutoCloseable> open = new ArrayList<>();
  private List<String> collector = List.of();
  private Duration sinceTurn = Duration.ZERO;

  @AfterEach
  void end() throws Exception {
    for (AutoCloseable each : open) {
      each.close();
    }
  }

  private static InetSocketAddress anyPort() {
    return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  }

  private HealthServer start(Duration longestConnection) {
    Health health = new Health(() -> sinceTurn, () -> true, limit -> collector);
    HealthServer server = new HealthServer(health, longestConnection);
    open.add(0, server);
    server.listen(anyPort());
    return server;
  }

  private static HttpResponse<String> send(HealthServer server, String method, String path)
      throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  private Socket connect(HealthServer server) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    open.add(0, socket);
    return socket;
  }

  /** All that the server sends after these bytes, until it ends the connection. */
  private String answer(HealthServer server, String sent) throws IOException {
    Socket socket = connect(server);
    socket.getOutputStream().write(sent.getBytes(StandardCharsets.ISO_8859_1));
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
  }

  @Test
  void bothPathsSayOkOfAnAgentThatIsWell() throws Exception {
    HealthServer server = start(LONG);
    for (String path : List.of("/livez", "/readyz", "/readyz?verbose")) {
      HttpResponse<String> response = send(server, "GET", path);
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(response.body()).isEqualTo("ok\n");
      assertThat(response.headers().firstValue("cache-control")).contains("no-store");
    }
  }

  @Test
  void whatIsWrongStandsOnOneLine() throws Exception {
    HealthServer server = start(LONG);
    collector = List.of("collector a: logs: no answer", "collector b: metrics: RÉFUSÉ");
    HttpResponse<String> ready = send(server, "GET", "/readyz");
    assertThat(ready.statusCode()).isEqualTo(503);
    assertThat(ready.body())
        .isEqualTo("collector a: logs: no answer; collector b: metrics: RÉFUSÉ\n");
    assertThat(send(server, "GET", "/livez").statusCode()).isEqualTo(200);
    sinceTurn = Duration.ofSeconds(47);
    HttpResponse<String> live = send(server, "GET", "/livez");
    assertThat(live.statusCode()).isEqualTo(503);
    assertThat(live.body()).isEqualTo("the reader has not turned for 47 s\n");
  }

  @ParameterizedTest
  @CsvSource({
    "HEAD, /livez, 200",
    "HEAD, /metrics, 404",
    "GET, /, 404",
    "GET, /livez/, 404",
    "POST, /livez, 405",
    "DELETE, /readyz, 405"
  })
  void otherRequestsHaveTheirStatus(String method, String path, int status) throws Exception {
    HttpResponse<String> response = send(start(LONG), method, path);
    assertThat(response.statusCode()).isEqualTo(status);
    assertThat(response.body().isEmpty()).isEqualTo(method.equals("HEAD"));
    assertThat(response.headers().firstValue("allow").isPresent()).isEqualTo(status == 405);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "hello\r\n\r\n",
        "GET /livez\r\n\r\n",
        "GET /livez GOPHER/1.1\r\n\r\n",
        "GET /livez HTTP/1.1\r\nno colon\r\n\r\n",
        "GET /livez HTTP/1.1\r\n: no name\r\n\r\n",
        "GET /livez HTTP/1.1\r\ncontent-length: -5\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\n\r\n"
      })
  void whatIsNoHttpIsABadRequest(String sent) throws Exception {
    HealthServer server = start(LONG);
    assertThat(answer(server, sent)).startsWith("HTTP/1.1 400 Bad Request\r\n");
    assertThat(send(server, "GET", "/livez").statusCode()).isEqualTo(200);
  }

  @Test
  void aRequestThatIsTooLongIsRefusedAndNotKept() throws Exception {
    HealthServer server = start(LONG);
    String line = "GET /" + "a".repeat(3000) + " HTTP/1.1\r\n\r\n";
    assertThat(answer(server, line)).startsWith("HTTP/1.1 400 ");
    String header = "GET /livez HTTP/1.1\r\nh: " + "a".repeat(20_000) + "\r\n\r\n";
    assertThat(answer(server, header)).startsWith("HTTP/1.1 400 ");
    String body = "POST /livez HTTP/1.1\r\ncontent-length: 3000000\r\n\r\n" + "a".repeat(3_000_000);
    assertThat(answer(server, body)).startsWith("HTTP/1.1 405 ");
  }

  @Test
  void aSecondRequestOnTheSameConnectionIsNotAnswered() throws Exception {
    String request = "GET /livez HTTP/1.1\r\n\r\n";
    String answers = answer(start(LONG), request + request);
    assertThat(answers.split("HTTP/1.1 200", -1)).hasSize(2);
  }

  @Test
  void aRequestMayComeInPieces() throws Exception {
    Socket socket = connect(start(LONG));
    socket.setTcpNoDelay(true);
    for (char each : "GET /livez HTTP/1.0\r\n\r\n".toCharArray()) {
      socket.getOutputStream().write(each);
    }
    assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .startsWith("HTTP/1.1 200 OK\r\n")
        .endsWith("\r\n\r\nok\n");
  }

  @Test
  void clientsThatAreSlowKeepNoOtherOutAndOnlySoManyStay() throws Exception {
    HealthServer server = start(LONG);
    int slow = 150;
    List<Socket> sockets = new ArrayList<>();
    for (int i = 0; i < slow; i++) {
      sockets.add(connect(server));
      sockets.getLast().getOutputStream().write("GET /livez HT".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(send(server, "GET", "/livez").statusCode()).isEqualTo(200);
    Await.until(
        "the older connections end", () -> stillOpen(sockets) <= HealthServer.MOST_CONNECTIONS);
    assertThat(stillOpen(sockets)).isEqualTo(HealthServer.MOST_CONNECTIONS - 1);
    assertThat(stillOpen(sockets.subList(0, slow - HealthServer.MOST_CONNECTIONS + 1))).isZero();
  }

  /** A read of one that is open finds nothing within a millisecond. */
  private static long stillOpen(List<Socket> sockets) {
    return sockets.stream().filter(HealthServerTest::isOpen).count();
  }

  private static boolean isOpen(Socket socket) {
    try {
      socket.setSoTimeout(1);
      return socket.getInputStream().read() >= 0;
    } catch (java.net.SocketTimeoutException e) {
      return true;
    } catch (SocketException e) {
      return false; // reset
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void aConnectionWithoutARequestEndsAtItsTimeLimit() throws Exception {
    Socket silent = connect(start(Duration.ofMillis(200)));
    assertThat(silent.getInputStream().read()).isEqualTo(-1);
  }

  @Test
  void aPortThatIsInUseFailsWithARemedy() throws Exception {
    try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
        HealthServer server = new HealthServer(null, LONG)) {
      InetSocketAddress taken =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), other.getLocalPort());
      assertThatThrownBy(() -> server.listen(taken))
          .isInstanceOf(Failure.class)
          .hasMessage(
              "health: cannot listen at localhost/127.0.0.1:%d: Address already in use%n  stop the"
                  + " process that uses the port, or choose another address of this machine, with a"
                  + " port of 1024 or more",
              other.getLocalPort());
    }
  }
}
