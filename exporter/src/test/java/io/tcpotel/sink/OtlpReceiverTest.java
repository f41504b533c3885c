// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.gson.JsonParser;
import io.grpc.Status;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.logs.v1.LogRecord;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class OtlpReceiverTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private static final int MAX_BYTES = OtlpReceiver.DEFAULT_MAX_MESSAGE_BYTES;
  private static final byte[] TORN = {0x0a, 0x7f, 0x01};

  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final LineOutput out = new LineOutput(stdout, () -> {});
  @AutoClose private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  @Test
  void totalsTellWhatCameInByKind() throws IOException {
    ExportLogsServiceRequest logs =
        OtlpFixtures.logs(OtlpFixtures.logRecord(), OtlpFixtures.logRecord());
    var metrics = OtlpFixtures.metrics(OtlpFixtures.sum(), OtlpFixtures.histogram());
    var traces = OtlpFixtures.traces(OtlpFixtures.span());
    try (OtlpReceiver receiver = OtlpReceiver.startCounting(ANY_PORT, MAX_BYTES);
        OtlpSender sender = OtlpSender.to(receiver.port())) {
      sender.send(logs);
      sender.send(logs);
      sender.send(metrics);
      sender.compressed().send(traces);

      long bytes =
          2L * logs.getSerializedSize() + metrics.getSerializedSize() + traces.getSerializedSize();
      assertThat(receiver.totals()).isEqualTo(new Totals(4, bytes, 4, 3, 1, 0));
      assertThat(receiver.totals().sentence())
          .isEqualTo("4 log records, 3 data points, 1 spans in 4 requests, " + bytes + " bytes");
    }
  }

  @Test
  void aMalformedRequestIsRefusedAndCountedAndTheNextOneIsServed() throws IOException {
    try (OtlpReceiver receiver = OtlpReceiver.startCounting(ANY_PORT, MAX_BYTES);
        OtlpSender sender = OtlpSender.to(receiver.port())) {
      for (Signal signal : Signal.values()) {
        assertThat(statusOf(() -> sender.sendBody(signal, TORN)))
            .isEqualTo(Status.Code.INVALID_ARGUMENT);
      }
      sender.send(OtlpFixtures.traces(OtlpFixtures.span()));

      assertThat(receiver.totals().malformed()).isEqualTo(3);
      assertThat(receiver.totals().requests()).isEqualTo(1);
      assertThat(receiver.totals().sentence()).endsWith(" bytes, 3 malformed");
    }
  }

  @Test
  void whatIsMalformedOnlyWithinARecordIsRefusedByOutputsThatParseIt() throws IOException {
    LogRecord notText = LogRecord.newBuilder().setEventName("?").build();
    byte[] body = OtlpFixtures.logs(notText).toByteArray();
    body[new String(body, StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xff;
    try (OtlpReceiver receiver = OtlpReceiver.start(ANY_PORT, MAX_BYTES, new JsonLines(out));
        OtlpSender sender = OtlpSender.to(receiver.port())) {
      assertThat(statusOf(() -> sender.sendBody(Signal.LOGS, body)))
          .isEqualTo(Status.Code.INVALID_ARGUMENT);

      assertThat(receiver.totals()).isEqualTo(new Totals(0, 0, 0, 0, 0, 1));
      assertThat(stdout.toString(StandardCharsets.UTF_8)).isEmpty();
    }
  }

  @Test
  void brokenCompressionAndTooLargeRequestsAreRefusedAndTheNextOneIsServed() throws IOException {
    byte[] large = OtlpFixtures.logs(OtlpFixtures.logRecord()).toByteArray();
    try (OtlpReceiver receiver = OtlpReceiver.startCounting(ANY_PORT, large.length - 1);
        OtlpSender sender = OtlpSender.to(receiver.port());
        OtlpSender mislabelled = sender.mislabelled()) {
      assertThat(statusOf(() -> sender.sendBody(Signal.LOGS, large)))
          .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(statusOf(() -> sender.compressed().sendBody(Signal.LOGS, large)))
          .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(statusOf(() -> mislabelled.sendBody(Signal.LOGS, TORN)))
          .isNotEqualTo(Status.Code.OK);
      sender.sendBody(Signal.LOGS, new byte[0]);

      assertThat(receiver.totals()).isEqualTo(new Totals(1, 0, 0, 0, 0, 1));
    }
  }

  @Test
  void linesOfConcurrentSendersDoNotMixAndNoneIsLost() throws Exception {
    int senders = 8;
    int requests = 50;
    OutputStream byteByByte = new SlowStream(stdout);
    LineOutput lines = new LineOutput(byteByByte, () -> {});
    try (OtlpReceiver receiver = OtlpReceiver.start(ANY_PORT, MAX_BYTES, new JsonLines(lines))) {
      List<CompletableFuture<Void>> running = new ArrayList<>();
      for (int i = 0; i < senders; i++) {
        String name = "sender-" + i;
        running.add(CompletableFuture.runAsync(() -> sendMany(receiver, name, requests), threads));
      }
      running.forEach(CompletableFuture::join);

      assertThat(receiver.totals().logRecords()).isEqualTo(senders * requests);
    }
    List<String> bodies =
        stdout.toString(StandardCharsets.UTF_8).lines().map(OtlpReceiverTest::body).toList();
    assertThat(bodies).hasSize(senders * requests).doesNotHaveDuplicates();
  }

  @Test
  void aRequestIsOnTheOutputBeforeItIsAnswered() throws IOException {
    try (OtlpReceiver receiver =
            OtlpReceiver.start(ANY_PORT, MAX_BYTES, new TextLines(out, false));
        OtlpSender sender = OtlpSender.to(receiver.port())) {
      for (int i = 1; i <= 20; i++) {
        sender.send(OtlpFixtures.traces(OtlpFixtures.span()));

        assertThat(stdout.toString(StandardCharsets.UTF_8).lines()).hasSize(i);
      }
    }
  }

  @Test
  void whatCannotBeWrittenIsNotAcknowledged() throws IOException {
    AtomicInteger told = new AtomicInteger();
    LineOutput closed = new LineOutput(new ClosedStream(), told::incrementAndGet);
    try (OtlpReceiver receiver = OtlpReceiver.start(ANY_PORT, MAX_BYTES, new JsonLines(closed));
        OtlpSender sender = OtlpSender.to(receiver.port())) {
      for (int i = 0; i < 2; i++) {
        assertThat(statusOf(() -> sender.send(OtlpFixtures.logs(OtlpFixtures.logRecord()))))
            .isEqualTo(Status.Code.UNAVAILABLE);
      }
      assertThat(receiver.totals()).isEqualTo(new Totals(0, 0, 0, 0, 0, 0));
    }
    assertThat(told).hasValue(1);
    assertThat(closed.failure()).hasMessage("Broken pipe");
  }

  @Test
  void aRawHandlerSeesTheBytesAndChoosesTheAnswer() throws Exception {
    byte[] body = OtlpFixtures.logs(OtlpFixtures.logRecord()).toByteArray();
    ExportLogsServiceResponse partial =
        ExportLogsServiceResponse.newBuilder()
            .setPartialSuccess(ExportLogsPartialSuccess.newBuilder().setRejectedLogRecords(1))
            .build();
    BodyHandler handler =
        (signal, seen) -> {
          if (signal == Signal.LOGS) {
            assertThat(seen).isEqualTo(body);
            return partial.toByteArray();
          }
          throw Status.UNAVAILABLE.asRuntimeException();
        };
    try (OtlpReceiver receiver = OtlpReceiver.startRaw(ANY_PORT, MAX_BYTES, handler);
        OtlpSender sender = OtlpSender.to(receiver.port())) {
      assertThat(ExportLogsServiceResponse.parseFrom(sender.sendBody(Signal.LOGS, body)))
          .isEqualTo(partial);
      assertThat(statusOf(() -> sender.sendBody(Signal.TRACES, new byte[0])))
          .isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(receiver.totals().requests()).isEqualTo(1);
    }
  }

  @Test
  void closingLetsACallInFlightFinish() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    OtlpReceiver receiver =
        OtlpReceiver.start(ANY_PORT, MAX_BYTES, new WaitingHandler(arrived, released));
    try (OtlpSender sender = OtlpSender.to(receiver.port())) {
      CompletableFuture<Void> call =
          CompletableFuture.runAsync(
              () -> sender.send(OtlpFixtures.logs(OtlpFixtures.logRecord())), threads);
      arrived.await();
      CompletableFuture<Void> closed = CompletableFuture.runAsync(receiver::close, threads);
      Thread.sleep(100);
      released.countDown();

      assertThat(call).succeedsWithin(Duration.ofSeconds(10));
      assertThat(closed).succeedsWithin(Duration.ofSeconds(10));
      assertThat(receiver.totals().logRecords()).isEqualTo(1);
    }
  }

  @Test
  void closingBreaksOffACallThatTakesTooLong() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    OtlpReceiver receiver =
        OtlpReceiver.start(ANY_PORT, MAX_BYTES, new WaitingHandler(arrived, released));
    try (OtlpSender sender = OtlpSender.to(receiver.port())) {
      CompletableFuture<Void> call =
          CompletableFuture.runAsync(
              () -> sender.send(OtlpFixtures.logs(OtlpFixtures.logRecord())), threads);
      arrived.await();

      assertThat(CompletableFuture.runAsync(receiver::close, threads))
          .succeedsWithin(Duration.ofSeconds(10));
      assertThat(call).failsWithin(Duration.ofSeconds(10));
      released.countDown();
    }
  }

  @Test
  void aClientThatGivesUpDoesNoHarm() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    try (OtlpReceiver receiver =
            OtlpReceiver.start(ANY_PORT, MAX_BYTES, new WaitingHandler(arrived, released));
        OtlpSender sender = OtlpSender.to(receiver.port())) {
      assertThat(
              statusOf(() -> sender.within(200).send(OtlpFixtures.logs(OtlpFixtures.logRecord()))))
          .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
      released.countDown();
      sender.send(OtlpFixtures.logs(OtlpFixtures.logRecord()));

      assertThat(receiver.totals().requests()).isBetween(1L, 2L);
    }
  }

  @Test
  void anAddressInUseIsAnErrorAtStart() throws IOException {
    try (OtlpReceiver receiver = OtlpReceiver.startCounting(ANY_PORT, MAX_BYTES)) {
      InetSocketAddress taken =
          new InetSocketAddress(InetAddress.getLoopbackAddress(), receiver.port());

      assertThatThrownBy(() -> OtlpReceiver.startCounting(taken, MAX_BYTES))
          .isInstanceOf(IOException.class);
    }
  }

  private static Status.Code statusOf(Runnable call) {
    Throwable thrown = catchThrowable(call::run);
    return thrown == null ? Status.Code.OK : Status.fromThrowable(thrown).getCode();
  }

  private static void sendMany(OtlpReceiver receiver, String name, int requests) {
    String padding =
        IntStream.range(0, 200).mapToObj(Integer::toString).collect(Collectors.joining());
    try (OtlpSender sender = OtlpSender.to(receiver.port())) {
      for (int i = 0; i < requests; i++) {
        String body = name + "/" + i + "/" + padding;
        sender.send(
            OtlpFixtures.logs(LogRecord.newBuilder().setBody(OtlpFixtures.text(body)).build()));
      }
    }
  }

  private static String body(String line) {
    return JsonParser.parseString(line)
        .getAsJsonObject()
        .getAsJsonArray("resourceLogs")
        .get(0)
        .getAsJsonObject()
        .getAsJsonArray("scopeLogs")
        .get(0)
        .getAsJsonObject()
        .getAsJsonArray("logRecords")
        .get(0)
        .getAsJsonObject()
        .getAsJsonObject("body")
        .get("stringValue")
        .getAsString();
  }

  /** Gives other threads every chance to write in between. */
  private static final class SlowStream extends OutputStream {
    private final OutputStream out;

    SlowStream(OutputStream out) {
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      out.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      int half = length / 2;
      out.write(bytes, offset, half);
      Thread.yield();
      out.write(bytes, offset + half, length - half);
    }
  }

  private static final class ClosedStream extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      throw new IOException("Broken pipe");
    }
  }
}
