// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static io.tcpotel.otlp.CollectorSetup.grpc;
import static io.tcpotel.otlp.CollectorSetup.serving;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.CollectorTest;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import io.tcpotel.testing.TestKey;
import io.tcpotel.testing.TestProxy;
import io.tcpotel.testing.TestProxy.Fate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * docs/delivery.md with the OpenTelemetry Collector: the table of its own, and the answers of a
 * backend behind it.
 */
@CollectorTest
@Timeout(Await.TEST_SECONDS)
class CollectorDeliveryTest {
  private static final int RECORDS = DeliveryCase.RECORDS;
  private static final String CERTIFICATE = "otel.exporter.otlp.certificate";
  private static final String TIMEOUT = "otel.exporter.otlp.timeout";
  private static final String OFF = "{enabled: false}";
  private static final String ENDLESS = "{initial_interval: 100ms, max_elapsed_time: 0}";

  /** It keeps it to itself. */
  private static final String REJECTION = "OK, 7 of 100 records rejected";

  @TempDir Path folder;

  private CollectorSetup setup;

  @FunctionalInterface
  private interface Story {
    DeliveryCase tell() throws Exception;
  }

  static Map<String, String> ownRows() throws IOException {
    return DeliveryTable.rows("The OpenTelemetry Collector");
  }

  static List<String> titles() throws IOException {
    return List.copyOf(ownRows().keySet());
  }

  private Map<String, Story> stories() throws IOException {
    setup = new CollectorSetup(Files.createTempDirectory(folder, "case"));
    Map<String, Story> stories = new LinkedHashMap<>();
    limits(stories);
    backends(stories);
    network(stories);
    tls(stories);
    ends(stories);
    return stories;
  }

  @ParameterizedTest
  @MethodSource("titles")
  void theRowIsWhatHappens(String what) throws Exception {
    assertThat(stories().get(what).tell().row(what)).isEqualTo(ownRows().get(what));
  }

  @Test
  void eachHasARow() throws IOException {
    assertThat(titles()).containsExactlyElementsOf(stories().keySet());
  }

  static List<String> answers() {
    List<String> answers = new ArrayList<>(DeliveryReferenceTest.answers().keySet());
    answers.remove(REJECTION);
    return answers;
  }

  @ParameterizedTest
  @MethodSource("answers")
  void theBackendsAnswerComesThrough(String what) throws Exception {
    setup = new CollectorSetup(folder);
    DeliveryCase told = answered(DeliveryReferenceTest.answers().get(what), Map.of());
    assertThat(told.row(what))
        .isEqualTo(DeliveryTable.rows("The collector answers once with").get(what));
  }

  /** By a backend behind a Collector that waits for it. */
  private DeliveryCase answered(List<Answer> answers, Map<String, String> otel) throws Exception {
    try (ScriptedCollector backend = ScriptedCollector.start();
        RealCollector collector = setup.start(CollectorSetup.to(backend, OFF, OFF));
        ExportToCollector to = setup.export(otel)) {
      backend.answerLogs(answers.toArray(Answer[]::new));
      DeliveryCase told = new DeliveryCase(backend, to).run();
      requireEnd(collector);
      return told;
    }
  }

  /** 143: by SIGTERM, as right after its start, before it listens to signals. */
  private static void requireEnd(RealCollector collector) {
    assertThat(collector.stop()).as(collector.messages()).isIn(0, 143);
  }

  private DeliveryCase delivered(RealCollector running, ExportToCollector export, int records)
      throws Exception {
    try (running;
        export) {
      DeliveryCase told = setup.told(export, records).run();
      requireEnd(running);
      return told;
    }
  }

  private DeliveryCase refused(RealCollector running, ExportToCollector export) throws Exception {
    try (running;
        export) {
      DeliveryCase told =
          setup.told(export, RECORDS).runUntil(() -> export.said().contains("UNAVAILABLE"));
      requireEnd(running);
      return told;
    }
  }

  private void limits(Map<String, Story> stories) {
    stories.put("its memory limiter refuses; it is restarted with more memory", this::refusing);
    stories.put(
        "6,000 records in a request of 4.5 MiB; its limit, 4 MiB", () -> tooLarge(Map.of()));
    stories.put(
        "the same with `gzip`: its limit is that of the content",
        () -> tooLarge(Map.of("otel.exporter.otlp.compression", "gzip")));
    stories.put(
        "it has no pipeline for logs",
        () ->
            delivered(
                setup.startWith(List.of(CollectorSetup.LOGS.replace("logs", "metrics"))),
                setup.export(Map.of()),
                RECORDS));
  }

  private DeliveryCase refusing() throws Exception {
    try (RealCollector full = setup.start("yaml:processors::memory_limiter::limit_mib: 2");
        ExportToCollector to = setup.export(Map.of())) {
      full.awaitMessage("Refusing data");
      to.add(RECORDS);
      to.send();
      to.await("refused", () -> to.said().contains("data refused due to high memory usage"));
      requireEnd(full);
      return arrivesAt(setup.start(), to);
    }
  }

  /** What was sent already. */
  private DeliveryCase arrivesAt(RealCollector later, ExportToCollector to) throws Exception {
    try (later) {
      DeliveryCase told = setup.told(to, RECORDS).endOnce(() -> to.counts().inFlight() == 0);
      requireEnd(later);
      return told;
    }
  }

  private DeliveryCase tooLarge(Map<String, String> otel) throws Exception {
    ExportToCollector to = setup.export(otel);
    DeliveryCase told = delivered(setup.start(), to, 6000);
    assertThat(to.said()).contains("set a smaller request size");
    return told;
  }

  private void backends(Map<String, Story> stories) {
    stories.put("its `sending_queue` is full until its backend is back", this::queueIsFull);
    stories.put(
        "its backend is away, and it is killed with the records in its `sending_queue`",
        () -> killed("{queue_size: 10}", "exported 100"));
    stories.put(
        "its backend is away, and it is killed; it has no `sending_queue`",
        () -> killed(OFF, "UNAVAILABLE"));
    stories.put(
        "its backend answers after `OTEL_EXPORTER_OTLP_TIMEOUT`; no `sending_queue`",
        () -> answered(List.of(Answer.late(2000)), Map.of(TIMEOUT, "200")));
    stories.put(
        "its backend rejects 7 of 100 records; no `sending_queue`",
        () -> answered(DeliveryReferenceTest.answers().get(REJECTION), Map.of()));
  }

  private DeliveryCase queueIsFull() throws Exception {
    int requests = 3;
    try (ScriptedCollector backend = ScriptedCollector.absent();
        RealCollector collector =
            setup.start(CollectorSetup.to(backend, "{queue_size: 1, num_consumers: 1}", ENDLESS));
        ExportToCollector to = setup.export(Map.of())) {
      for (int i = 0; i < requests; i++) {
        to.add(RECORDS);
        to.send();
      }
      to.await("full", () -> to.said().contains("sending queue is full"));
      backend.restart();
      DeliveryCase told =
          new DeliveryCase(backend, to, requests * RECORDS)
              .endOnce(() -> to.counts().exported() == requests * RECORDS);
      requireEnd(collector);
      return told;
    }
  }

  private DeliveryCase killed(String queue, String reached) throws Exception {
    try (ScriptedCollector backend = ScriptedCollector.absent();
        ExportToCollector to = setup.export(Map.of())) {
      String toBackend = CollectorSetup.to(backend, queue, queue.equals(OFF) ? OFF : ENDLESS);
      try (RealCollector first = setup.start(toBackend)) {
        to.add(RECORDS);
        to.send();
        to.await(reached, () -> to.counts().exported() > 0 || to.said().contains(reached));
        first.signal("KILL");
      }
      backend.restart();
      try (RealCollector second = setup.start(toBackend)) {
        DeliveryCase told =
            new DeliveryCase(backend, to).endOnce(() -> to.counts().inFlight() == 0);
        requireEnd(second);
        return told;
      }
    }
  }

  private void network(Map<String, Story> stories) {
    stories.put("it is restarted", this::restarted);
    stories.put("it is killed (`kill -9`) before it answers", this::killedBeforeItAnswers);
    stories.put("its connections end after 20 ms (`max_connection_age`)", this::goingAway);
    stories.put(
        "the connection to it is cut in the middle of the request", () -> proxied(Fate.CUT));
    stories.put(
        "it vanishes without a word in the middle of the request (black hole)",
        () -> proxied(Fate.SWALLOWED));
    stories.put("the endpoint is its port for OTLP/HTTP", this::httpPort);
  }

  private DeliveryCase restarted() throws Exception {
    try (ExportToCollector to = setup.export(Map.of())) {
      to.add(1);
      to.send();
      try (RealCollector first = setup.start()) {
        to.await("exported", () -> to.counts().exported() == 1);
        requireEnd(first);
      }
      to.add(RECORDS - 1);
      to.send();
      to.await("away", () -> to.said().contains("trying again"));
      return arrivesAt(setup.start(), to);
    }
  }

  /** Nor does its backend. */
  private DeliveryCase killedBeforeItAnswers() throws Exception {
    try (ScriptedCollector backend = ScriptedCollector.start();
        ExportToCollector to = setup.export(Map.of())) {
      backend.answerLogs(Answer.silence());
      try (RealCollector first = setup.start(CollectorSetup.to(backend, OFF, OFF))) {
        to.add(RECORDS);
        to.send();
        to.await("under way", () -> backend.logRequests() == 1);
        first.signal("KILL");
      }
      return arrivesAt(setup.start(), to);
    }
  }

  private DeliveryCase goingAway() throws Exception {
    String age = "keepalive: {server_parameters: {max_connection_age: 20ms}}";
    int each = RECORDS / 10;
    try (RealCollector collector = setup.start(grpc(age));
        ExportToCollector to = setup.export(Map.of())) {
      for (int sent = each; sent <= RECORDS; sent += each) {
        to.add(each);
        to.send();
        int reached = sent;
        to.await("exported", () -> to.counts().exported() == reached);
        Await.pause(30);
      }
      DeliveryCase told = setup.told(to, RECORDS).endOnce(() -> true);
      requireEnd(collector);
      return told;
    }
  }

  private DeliveryCase proxied(Fate fate) throws Exception {
    try (TestProxy proxy = TestProxy.start(setup.endpoint(), fate, 20_000)) {
      Map<String, String> otel =
          Map.of(TIMEOUT, "500", "otel.exporter.otlp.endpoint", proxy.endpoint());
      DeliveryCase told = delivered(setup.start(), setup.export(otel), RECORDS);
      assertThat(proxy.connections()).as("a second connection").isGreaterThan(1);
      return told;
    }
  }

  private DeliveryCase httpPort() throws Exception {
    int port = FreePort.find();
    String http = "yaml:receivers::otlp::protocols::http::endpoint: 127.0.0.1:" + port;
    Map<String, String> otel = Map.of("otel.exporter.otlp.endpoint", "http://127.0.0.1:" + port);
    return refused(setup.start(http), setup.export(otel));
  }

  private void tls(Map<String, Story> stories) {
    stories.put(
        "TLS, and the right authority",
        () -> {
          TestKey server = TestKey.create(folder, "server");
          return delivered(setup.start(serving(server)), trusting(server), RECORDS);
        });
    stories.put(
        "TLS, and an authority that is not its own",
        () ->
            refused(
                setup.start(serving(TestKey.create(folder, "server"))),
                trusting(TestKey.create(folder, "other"))));
    stories.put(
        "TLS, and its certificate has expired",
        () -> {
          TestKey expired = TestKey.expired(folder, "expired");
          return refused(setup.start(serving(expired)), trusting(expired));
        });
    stories.put(
        "TLS here, none there",
        () -> refused(setup.start(), trusting(TestKey.create(folder, "any"))));
    stories.put(
        "TLS there, none here",
        () ->
            refused(
                setup.start(serving(TestKey.create(folder, "server"))), setup.export(Map.of())));
    stories.put("mTLS, and a certificate here", () -> mutual(true));
    stories.put("mTLS, and no certificate here", () -> mutual(false));
  }

  private ExportToCollector trusting(TestKey key) {
    return setup.secured(Map.of(CERTIFICATE, key.authority().toString()));
  }

  private DeliveryCase mutual(boolean showsCertificate) throws Exception {
    TestKey server = TestKey.create(folder, "server");
    TestKey client = TestKey.create(folder, "client");
    RealCollector collector =
        setup.start(serving(server, ", client_ca_file: " + client.authority()));
    if (!showsCertificate) {
      return refused(collector, trusting(server));
    }
    Map<String, String> tls =
        Map.of(
            CERTIFICATE,
            server.authority().toString(),
            "otel.exporter.otlp.client.certificate",
            client.certificate().toString(),
            "otel.exporter.otlp.client.key",
            client.privateKey().toString());
    return delivered(collector, setup.secured(tls), RECORDS);
  }

  private void ends(Map<String, Story> stories) {
    stories.put("the program ends, and it has not answered", () -> unanswered(null));
    stories.put(
        "the program ends, and it has not answered, with `--spool`",
        () -> unanswered(folder.resolve("spool")));
  }

  /** Since its backend does not. */
  private DeliveryCase unanswered(Path spool) throws Exception {
    try (ScriptedCollector backend = ScriptedCollector.start();
        RealCollector collector = setup.start(CollectorSetup.to(backend, OFF, OFF));
        ExportToCollector to = setup.export(Map.of(), spool)) {
      backend.answerLogs(Answer.silence());
      DeliveryCase told = new DeliveryCase(backend, to).runUntil(() -> backend.logRequests() == 1);
      collector.signal("KILL");
      return told;
    }
  }

  @Test
  void aSignalWithoutAPipelineIsSaidOnceAndTheOtherGoesOn() throws Exception {
    setup = new CollectorSetup(folder);
    try (RealCollector collector = setup.start();
        ExportToCollector to = setup.export(Map.of())) {
      to.export.meterProvider().get("test").counterBuilder("count").build().add(1);
      assertThat(to.export.metrics().exportLast(10_000)).isFalse();
      assertThat(to.export.metrics().exportLast(10_000)).isFalse();
      assertThat(to.export.metrics().points().failed()).isEqualTo(Map.of("UNIMPLEMENTED", 2L));
      assertThat(delivered(collector, to, RECORDS).row("")).contains("| 100 | 0 | 0 |");
      assertThat(to.said()).contains("does not take metrics").hasLineCount(1);
    }
  }
}
