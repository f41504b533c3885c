// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.sink.OtlpReceiver;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.RecordImage;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Ten minutes of 5,000 records per second without a collector, and then with one: as fast as it
 * goes. Each connection has many records here, so that their order shows.
 */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class OutageTest {
  private static final int RECORDS = 10 * 60 * 5_000;
  private static final int CONNECTIONS = 1_000;
  private static final int QUEUE_BYTES = 16 << 20;
  private static final int PORTION = 250;

  @TempDir Path folder;

  private final RecordImage image = RecordImage.close().generation(0);
  private final ConnectionRecord view = new ConnectionRecord();

  /** Per connection, how many records came, and what was wrong first; the network thread's. */
  private final int[] arrived = new int[CONNECTIONS];

  private String wrong = "";

  private void accept(Signal signal, byte[] body) throws InvalidProtocolBufferException {
    if (signal == Signal.LOGS) {
      for (ResourceLogs resource : ExportLogsServiceRequest.parseFrom(body).getResourceLogsList()) {
        for (ScopeLogs scope : resource.getScopeLogsList()) {
          scope.getLogRecordsList().forEach(this::check);
        }
      }
    }
  }

  private void check(LogRecord log) {
    int connection = 0;
    long sent = 0;
    for (KeyValue attribute : log.getAttributesList()) {
      if (attribute.getKey().equals("tcpotel.connection.id")) {
        connection = Integer.parseInt(attribute.getValue().getStringValue(), 16);
      } else if (attribute.getKey().equals("tcpotel.transmit.bytes")) {
        sent = attribute.getValue().getIntValue();
      }
    }
    if (wrong.isEmpty() && (sent != arrived[connection] || log.getTimeUnixNano() != time(sent))) {
      wrong =
          "connection " + connection + ": " + sent + " after " + arrived[connection] + " " + log;
    }
    arrived[connection]++;
  }

  private static long time(long number) {
    return 1_700_000_000_000_000_000L + number;
  }

  private void add(ExportToCollector to, int from, int records) throws InterruptedException {
    RecordDelivery logs = to.logs();
    logs.beforeDrain(System.nanoTime(), 1);
    for (int i = from; i < from + records; i++) {
      while (!logs.wantsNext(RingRoom.NONE)) { // as in the ring
        logs.tick(System.nanoTime());
        Thread.sleep(1);
      }
      long number = i / CONNECTIONS;
      image.socketCookie(i % CONNECTIONS).bytes(number, 1);
      logs.add(view.copyFrom(image.data(), 0), null, null, time(number));
    }
    logs.tick(System.nanoTime());
  }

  @Test
  void everythingArrivesInOrderAndOnce() throws Exception {
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(
            QUEUE_BYTES, 1 << 20, Duration.ofHours(1), folder.resolve("spool"), 2L << 30);
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    int port;
    try (OtlpReceiver free = OtlpReceiver.startCounting(address, 1)) {
      port = free.port();
    }
    try (ExportToCollector to =
        new ExportToCollector("http://127.0.0.1:" + port, bounds, Map.of())) {
      DeliveryCounts counts = to.counts();
      long mostWaiting = 0;
      for (int i = 0; i < RECORDS; i += PORTION) {
        add(to, i, PORTION);
        mostWaiting = Math.max(mostWaiting, counts.waiting() + counts.inFlight());
      }
      assertThat(counts.ended()).isEqualTo(RECORDS);
      assertThat(counts.exported() + counts.queueFull() + counts.spool().full()).isZero();
      assertThat(mostWaiting).as("in memory").isLessThan(QUEUE_BYTES / RecordBlock.SLOT_BYTES);
      assertThat(counts.spool().pending()).isGreaterThan(RECORDS - mostWaiting - 1);

      InetSocketAddress there = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
      try (OtlpReceiver collector = OtlpReceiver.startRaw(there, 4 << 20, this::accept)) {
        while (counts.exported() < RECORDS && wrong.isEmpty()) {
          to.logs().tick(System.nanoTime());
          Thread.sleep(1);
        }
        to.finish(15_000);
        assertThat(collector.totals().logRecords()).isEqualTo(RECORDS);
      }
      assertThat(wrong).isEmpty();
      assertThat(arrived).containsOnly(RECORDS / CONNECTIONS);
      assertThat(counts.exported()).isEqualTo(RECORDS);
      assertThat(counts.waiting() + counts.spool().pending()).isZero();
    }
  }
}
