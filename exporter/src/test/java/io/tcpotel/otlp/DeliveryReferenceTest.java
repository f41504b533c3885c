// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.grpc.Status;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.JdkSslContext;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.OddPeer;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import io.tcpotel.testing.TestKey;
import io.tcpotel.testing.TestProxy;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/delivery.md is what happened here; with {@code -Dgolden.update} it is written anew, and the
 * test fails, so that nobody leaves that on.
 */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class DeliveryReferenceTest {
  static final Path PAGE = Path.of("../docs/delivery.md");
  private static final Path HEAD = Path.of("src/test/resources/delivery-head.md");
  private static final Path COLLECTOR = Path.of("src/test/resources/delivery-collector.md");
  private static final int LARGE = 8 << 20;
  private static final String TIMEOUT = "otel.exporter.otlp.timeout";

  @TempDir Path folder;

  private final StringBuilder page = new StringBuilder();
  private int spools;

  @FunctionalInterface
  private interface Story {
    DeliveryCase tell(ScriptedCollector collector, ExportToCollector to) throws Exception;
  }

  private RecordDelivery.Bounds bounds(boolean withSpool) {
    Path spool = withSpool ? folder.resolve("spool" + spools++) : null;
    return new RecordDelivery.Bounds(64 << 20, LARGE, Duration.ofHours(1), spool, 64 << 20);
  }

  private void row(String what, DeliveryCase told) throws IOException {
    page.append(told.row(what)).append('\n');
  }

  private void row(
      String what,
      UnaryOperator<NettyServerBuilder> server,
      Map<String, String> otel,
      boolean withSpool,
      Story story)
      throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start(server);
        ExportToCollector to = new ExportToCollector(collector, bounds(withSpool), otel)) {
      row(what, story.tell(collector, to));
    }
  }

  private void row(String what, Story story) throws Exception {
    row(what, builder -> builder, Map.of(), false, story);
  }

  private void section(String title) {
    page.append(
        String.format(
            "%n## %s%n%n| what happens | delivered | of them twice | lost | counted"
                + " |%n|---|---|---|---|---|%n",
            title));
  }

  private void statusCodes() throws Exception {
    section("The collector answers once with");
    for (Map.Entry<String, List<Answer>> each : answers().entrySet()) {
      row(
          each.getKey(),
          (collector, to) -> {
            collector.answerLogs(each.getValue().toArray(Answer[]::new));
            return new DeliveryCase(collector, to).run();
          });
    }
  }

  /** What a collector answers first, by the words of the page. */
  static Map<String, List<Answer>> answers() {
    Map<String, List<Answer>> answers = new LinkedHashMap<>();
    for (Status.Code code : Status.Code.values()) {
      if (code != Status.Code.OK && code != Status.Code.OUT_OF_RANGE) {
        answers.put("`" + code + "`", List.of(Answer.status(code)));
      }
    }
    answers.put(
        "`RESOURCE_EXHAUSTED`, four times",
        Collections.nCopies(4, Answer.status(Status.Code.RESOURCE_EXHAUSTED)));
    answers.put(
        "`RESOURCE_EXHAUSTED` with `RetryInfo`, five times",
        IntStream.rangeClosed(1, 5)
            .mapToObj(ms -> Answer.retryAfter(Status.Code.RESOURCE_EXHAUSTED, ms))
            .toList());
    answers.put(
        "`UNAVAILABLE` with `RetryInfo`", List.of(Answer.retryAfter(Status.Code.UNAVAILABLE, 20)));
    answers.put(
        "`OUT_OF_RANGE`: taken for a request that is too large",
        List.of(Answer.status(Status.Code.OUT_OF_RANGE)));
    answers.put("OK with an empty `partial_success`", List.of(Answer.rejecting(0, "")));
    answers.put(
        "OK with a warning in `partial_success`", List.of(Answer.rejecting(0, "slow down")));
    answers.put("OK, 7 of 100 records rejected", List.of(Answer.rejecting(7, "too old")));
    return answers;
  }

  private void sizes() throws Exception {
    section("The request is too large");
    row(
        "the server's limit is 4 KiB",
        builder -> builder.maxInboundMessageSize(4 << 10),
        Map.of(),
        false,
        (collector, to) -> new DeliveryCase(collector, to).run());
    row(
        "6,000 records in a request of 4.5 MiB; gRPC's own limit, 4 MiB",
        (collector, to) -> new DeliveryCase(collector, to, 6000).run());
    proxySize();
    row(
        "not even one record fits",
        builder -> builder.maxInboundMessageSize(100),
        Map.of(),
        false,
        (collector, to) -> new DeliveryCase(collector, to).run());
  }

  /** A proxy takes no request at all at first, then smaller ones. */
  private void proxySize() throws Exception {
    OddPeer.Answer tooLarge = OddPeer.http2(Map.of(":status", "413", "content-type", "text/html"));
    try (OddPeer peer = OddPeer.start(tooLarge);
        ScriptedCollector collector = ScriptedCollector.absent(peer.port());
        ExportToCollector to = new ExportToCollector(collector, bounds(false), Map.of())) {
      DeliveryCase told =
          new DeliveryCase(collector, to).runUntil(() -> to.counts().failedSum() == 100);
      row("a proxy answers with HTTP 413, whatever the size", told);
      assertThat(to.said()).contains("split");
    }
  }

  private void network() throws Exception {
    section("The network, or the server's end of it");
    row(
        "a server that reads one byte at a time (flow-control window of one byte)",
        builder -> builder.initialFlowControlWindow(1),
        Map.of(),
        false,
        (collector, to) -> new DeliveryCase(collector, to).run());
    row(
        "`GOAWAY` every 20 ms",
        builder -> builder.maxConnectionAge(20, TimeUnit.MILLISECONDS),
        Map.of(),
        false,
        (collector, to) -> new DeliveryCase(collector, to).run());
    proxied("the connection is cut in the middle of the request", TestProxy.Fate.CUT);
    proxied(
        "the other end vanishes without a word in the middle of the request (black hole)",
        TestProxy.Fate.SWALLOWED);
    servers();
  }

  private void servers() throws Exception {
    row(
        "the server takes the request and dies before it answers",
        (collector, to) -> {
          collector.answerLogs(Answer.cut());
          return new DeliveryCase(collector, to).run();
        });
    row(
        "the server answers after `OTEL_EXPORTER_OTLP_TIMEOUT`",
        builder -> builder,
        Map.of(TIMEOUT, "200"),
        false,
        (collector, to) -> {
          collector.answerLogs(Answer.late(2000));
          return new DeliveryCase(collector, to).run();
        });
    row(
        "the server is restarted",
        (collector, to) -> {
          collector.stop();
          DeliveryCase told = new DeliveryCase(collector, to);
          return told.runUntil(
              () -> {
                if (to.said().contains("trying again") && to.counts().exported() == 0) {
                  restartOnce(collector);
                }
                return to.counts().inFlight() == 0;
              });
        });
  }

  private static void restartOnce(ScriptedCollector collector) {
    if (!collector.isListening()) {
      collector.restart();
    }
  }

  private void proxied(String what, TestProxy.Fate fate) throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        TestProxy proxy = TestProxy.start(collector.endpoint(), fate, 20_000);
        ExportToCollector to =
            new ExportToCollector(proxy.endpoint(), bounds(false), Map.of(TIMEOUT, "500"))) {
      row(what, new DeliveryCase(collector, to).run());
      assertThat(proxy.connections()).as("a second connection").isGreaterThan(1);
    }
  }

  /** Nothing that is here is a gRPC server's answer; then a collector comes. */
  private void odd(String what, OddPeer.Answer answer) throws Exception {
    odd(what, OddPeer.start(answer));
  }

  private void odd(String what, OddPeer peer) throws Exception {
    try (peer;
        ScriptedCollector collector = ScriptedCollector.absent(peer.port());
        ExportToCollector to = new ExportToCollector(collector, bounds(false), Map.of())) {
      row(what, toldOnceAway(collector, peer, to));
    }
  }

  private static DeliveryCase toldOnceAway(
      ScriptedCollector collector, OddPeer peer, ExportToCollector to) throws Exception {
    DeliveryCase told = new DeliveryCase(collector, to);
    boolean[] replaced = new boolean[1];
    return told.runUntil(
        () -> {
          if (!replaced[0] && to.said().contains("trying again")) {
            replaced[0] = true;
            replace(peer, collector);
          }
          return to.counts().inFlight() == 0;
        });
  }

  private static void replace(OddPeer peer, ScriptedCollector collector) {
    try {
      peer.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    collector.restart();
  }

  private void noServers() throws Exception {
    section("Something answers that is no gRPC server, and later a collector");
    odd("it closes the connection without a byte", to -> {});
    odd("bytes that are no HTTP/2", OddPeer.bytes(new byte[1000]));
    odd(
        "HTTP/1.1 503",
        OddPeer.text("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"));
    for (String status : new String[] {"401", "404", "500", "502", "503", "504"}) {
      odd(
          "HTTP/2 " + status,
          OddPeer.http2(Map.of(":status", status, "content-type", "text/html")));
    }
    Map<String, String> grpc = Map.of(":status", "200", "content-type", "application/grpc");
    odd("HTTP/2 200, a page", OddPeer.http2(Map.of(":status", "200", "content-type", "text/html")));
    odd("HTTP/2 200, gRPC without a status", OddPeer.http2(grpc));
    odd("the same, in trailers", OddPeer.http2(grpc, Map.of("x", "y")));
    Map<String, String> large = Map.of("grpc-status", "3", "grpc-message", "x".repeat(12_000));
    odd("a status in trailers of 12 KB", OddPeer.http2(grpc, large));
    odd("the stream is reset", OddPeer.http2Reset(grpc));
    ServerSocket tls =
        ((JdkSslContext) TestKey.create(folder, "plain").server())
            .context()
            .getServerSocketFactory()
            .createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    odd("TLS there, none here", OddPeer.start(tls, OddPeer.text("never")));
  }

  private void tls() throws Exception {
    section("TLS");
    TestKey key = TestKey.create(folder, "server");
    secured("the right authority", key, key, true);
    secured("an authority that is not the server's", key, TestKey.create(folder, "other"), false);
    TestKey expired = TestKey.expired(folder, "expired");
    secured("the server's certificate has expired", expired, expired, false);
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(https(collector), bounds(false), Map.of())) {
      row("TLS here, none there", told(collector, to, false));
    }
  }

  private static String https(ScriptedCollector collector) {
    return collector.endpoint().replace("http://", "https://");
  }

  private void secured(String what, TestKey server, TestKey trusted, boolean succeeds)
      throws Exception {
    try (ScriptedCollector collector =
        ScriptedCollector.start(builder -> builder.sslContext(server.server()))) {
      Map<String, String> otel = new HashMap<>();
      otel.put("otel.exporter.otlp.endpoint", collector.endpoint().replace("http://", "https://"));
      otel.put("otel.exporter.otlp.certificate", trusted.authority().toString());
      try (ExportToCollector to = new ExportToCollector("", bounds(false), otel)) {
        row(what, told(collector, to, succeeds));
      }
    }
  }

  private static DeliveryCase told(
      ScriptedCollector collector, ExportToCollector to, boolean succeeds)
      throws InterruptedException {
    DeliveryCase told = new DeliveryCase(collector, to);
    return succeeds ? told.run() : told.runUntil(() -> to.said().contains("UNAVAILABLE"));
  }

  private void ends() throws Exception {
    section("The program ends");
    for (boolean withSpool : new boolean[] {false, true}) {
      String spool = withSpool ? ", with `--spool`" : "";
      row(
          "and the collector is away" + spool,
          builder -> builder,
          Map.of(),
          withSpool,
          (collector, to) -> {
            collector.stop();
            return new DeliveryCase(collector, to).runUntil(() -> true);
          });
      row(
          "and the collector has not answered" + spool,
          builder -> builder,
          Map.of(),
          withSpool,
          (collector, to) -> {
            collector.answerLogs(Answer.silence());
            return new DeliveryCase(collector, to).runUntil(() -> true);
          });
    }
  }

  @Test
  void thePageSaysWhatHappened() throws Exception {
    page.append(Files.readString(HEAD));
    statusCodes();
    sizes();
    network();
    noServers();
    tls();
    ends();
    page.append('\n').append(Files.readString(COLLECTOR));
    compare();
  }

  private void compare() throws IOException {
    if (System.getProperty("golden.update") != null) {
      Files.writeString(PAGE, page);
      fail("written anew: " + PAGE);
    }
    assertThat(page.toString()).isEqualTo(Files.readString(PAGE));
  }
}
