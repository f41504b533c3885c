// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.grpc.Status;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;

class OtlpReceiverTest {
  private static final InetSocketAddress ANY_PORT =
      new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
  private static final int MAX_BYTES = OtlpReceiver.DEFAULT_MAX_MESSAGE_BYTES;
  private static final byte[] TORN = {0x0a, 0x7f, 0x01};
  private static final ExportLogsServiceRequest ONE_RECORD =
      OtlpFixtures.logs(OtlpFixtures.logRecord());

  private final ByteArrayOutputStream stdout = new ByteArrayOutputStream();
  private final CountDownLatch arrived = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  @AutoClose private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

  private static Status.Code statusOf(Runnable call) {
    Throwable thrown = catchThrowable(call::run);
    return thrown == null ? Status.Code.OK : Status.fromThrowable(thrown).getCode();
  }

  private String written() {
    return stdout.toString(StandardCharsets.UTF_8);
  }

  @Test
  void totalsTellWhatCameInByKind() throws IOException {
    var logs = OtlpFixtures.logs(OtlpFixtures.logRecord(), OtlpFixtures.logRecord());
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
    }
    assertThat(new Totals(1, 2, 3, 4, 5, 0).sentence())
        .isEqualTo("3 log records, 4 data points, 5 spans in 1 requests, 2 bytes");
    assertThat(new Totals(1, 2, 3, 4, 5, 6).sentence()).endsWith(" 2 bytes, 6 malformed");
  }

  @Test
  void malformedBrokenAndTooLargeRequestsAreRefusedAndTheNextOneIsServed() throws IOException {
    byte[] large = ONE_RECORD.toByteArray();
    try (OtlpReceiver receiver = OtlpReceiver.startCounting(ANY_PORT, large.length - 1);
        OtlpSender sender = OtlpSender.to(receiver.port())) {
      for (Signal signal : Signal.values()) {
        assertThat(statusOf(() -> sender.sendBody(signal, TORN)))
            .isEqualTo(Status.Code.INVALID_ARGUMENT);
      }
      assertThat(statusOf(() -> sender.sendBody(Signal.LOGS, large)))
          .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(statusOf(() -> sender.compressed().sendBody(Signal.LOGS, large)))
          .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      sender.sendBody(Signal.LOGS, new byte[0]);

      assertThat(receiver.totals()).isEqualTo(new Totals(1, 0, 0, 0, 0, 3));
    }
  }

  @Test
  void aRecordThatDoesNotParseIsRefusedByOutputsThatParseIt() throws IOException {
    byte[] body = OtlpFixtures.logs(LogRecord.newBuilder().setEventName("?").build()).toByteArray();
    body[new String(body, StandardCharsets.ISO_8859_1).indexOf('?')] = (byte) 0xff;
    LineOutput out = new LineOutput(stdout, () -> {});
    try (OtlpReceiver receiver = OtlpReceiver.start(ANY_PORT, MAX_BYTES, new JsonLines(out));
        OtlpSender sender = OtlpSender.to(receiver.port())) {
      assertThat(statusOf(() -> sender.sendBody(Signal.LOGS, body)))
          .isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(receiver.totals()).isEqualTo(new Totals(0, 0, 0, 0, 0, 1));
    }
    assertThat(written()).isEmpty();
  }

  /** An output that gives other threads every chance to write in between. */
  private final class YieldingStream extends OutputStream {
    @Override
    public void write(int b) {
      stdout.write(b);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      int half = length / 2;
      stdout.write(bytes, offset, half);
      Thread.yield();
      stdout.write(bytes, offset + half, length - half);
    }
  }

  @Test
  void linesOfConcurrentSendersDoNotMixAndAreWrittenBeforeTheAnswer() throws IOException {
    LineOutput out = new LineOutput(new YieldingStream(), () -> {});
    try (OtlpReceiver receiver =
        OtlpReceiver.start(ANY_PORT, MAX_BYTES, new TextLines(out, false))) {
      List<CompletableFuture<Void>> senders =
          IntStream.range(0, 8)
              .mapToObj(i -> CompletableFuture.runAsync(() -> send50(receiver, i), threads))
              .toList();
      senders.forEach(CompletableFuture::join);
      assertThat(receiver.totals().logRecords()).isEqualTo(400);
    }
    assertThat(written().lines())
        .hasSize(400)
        .doesNotHaveDuplicates()
        .allMatch(line -> line.matches("\\S+ [0-7]/\\d+/x{500}"));
  }

  private void send50(OtlpReceiver receiver, int number) {
    try (OtlpSender sender = OtlpSender.to(receiver.port())) {
      for (int i = 0; i < 50; i++) {
        String body = number + "/" + i + "/" + "x".repeat(500);
        sender.send(
            OtlpFixtures.logs(LogRecord.newBuilder().setBody(OtlpFixtures.text(body)).build()));
        assertThat(written()).contains(" " + body + "\n");
      }
    }
  }

  @Test
  void aFailedWriteIsNotAcknowledgedAndReportedOnce() throws IOException {
    AtomicInteger told = new AtomicInteger();
    OutputStream closed =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("Broken pipe");
          }
        };
    LineOutput out = new LineOutput(closed, told::incrementAndGet);
    try (OtlpReceiver receiver = OtlpReceiver.start(ANY_PORT, MAX_BYTES, new JsonLines(out));
        OtlpSender sender = OtlpSender.to(receiver.port())) {
      for (int i = 0; i < 2; i++) {
        assertThat(statusOf(() -> sender.send(ONE_RECORD))).isEqualTo(Status.Code.UNAVAILABLE);
      }
      assertThat(receiver.totals()).isEqualTo(new Totals(0, 0, 0, 0, 0, 0));
    }
    assertThat(told).hasValue(1);
    assertThat(out.failure()).hasMessage("Broken pipe");
  }

  /** Tells when a request has arrived, and answers none until it is released. */
  private OtlpReceiver startWaiting() throws IOException {
    OutputStream waiting =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            arrived.countDown();
            try {
              released.await();
            } catch (InterruptedException e) {
              throw new IOException(e);
            }
          }
        };
    return OtlpReceiver.start(
        ANY_PORT, MAX_BYTES, new JsonLines(new LineOutput(waiting, () -> {})));
  }

  @Test
  void closingLetsACallInFlightFinish() throws Exception {
    OtlpReceiver receiver = startWaiting();
    try (OtlpSender sender = OtlpSender.to(receiver.port());
        OtlpSender late = OtlpSender.to(receiver.port())) {
      var call = CompletableFuture.runAsync(() -> sender.send(ONE_RECORD), threads);
      arrived.await();
      var closed = CompletableFuture.runAsync(receiver::close, threads);
      Runnable request = () -> late.within(100).sendBody(Signal.TRACES, new byte[0]);
      while (statusOf(request) != Status.Code.UNAVAILABLE) {
        Thread.onSpinWait(); // until it accepts no more
      }
      released.countDown();

      assertThat(call).succeedsWithin(Await.LIMIT);
      assertThat(closed).succeedsWithin(Await.LIMIT);
      assertThat(receiver.totals().logRecords()).isEqualTo(1);
    }
  }

  @Test
  void closingBreaksOffACallThatTakesTooLong() throws Exception {
    OtlpReceiver receiver = startWaiting();
    try (OtlpSender sender = OtlpSender.to(receiver.port())) {
      var call = CompletableFuture.runAsync(() -> sender.send(ONE_RECORD), threads);
      arrived.await();

      assertThat(CompletableFuture.runAsync(receiver::close, threads)).succeedsWithin(Await.LIMIT);
      assertThat(call).failsWithin(Await.LIMIT);
      released.countDown();
    }
  }
}
