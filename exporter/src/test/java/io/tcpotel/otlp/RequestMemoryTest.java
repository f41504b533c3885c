// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.grpc.Status;
import io.tcpotel.sink.OtlpReceiver;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.Await;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What sending takes beside the batches, and that it leaves them as they are. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class RequestMemoryTest {
  private static final int REQUEST_BYTES = 1 << 20;

  /** They fill more than half of a request, and not all. */
  private static final int RECORDS = 500;

  private static final int REQUESTS = 24;

  private final List<byte[]> bodies = new CopyOnWriteArrayList<>();
  private final AtomicInteger toRefuse = new AtomicInteger();

  private void receive(Signal signal, byte[] body) {
    if (signal != Signal.LOGS || body.length == 0) {
      return;
    }
    bodies.add(body);
    if (toRefuse.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      throw Status.UNAVAILABLE.withDescription("scripted").asRuntimeException();
    }
  }

  private OtlpReceiver collector() throws IOException {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    return OtlpReceiver.startRaw(any, 2 * REQUEST_BYTES, this::receive);
  }

  private static ExportToCollector export(OtlpReceiver collector) {
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(16 << 20, REQUEST_BYTES, Duration.ofHours(1));
    return new ExportToCollector("http://127.0.0.1:" + collector.port(), bounds, Map.of());
  }

  /** Sends one request of {@link #RECORDS}, and waits for its answer. */
  private static void sendOne(ExportToCollector to) throws InterruptedException {
    to.add(RECORDS);
    to.send();
    to.await("answered", () -> to.counts().exported() == to.added());
  }

  private static long directBytes() {
    return CollectorChannel.BUFFERS.metric().usedDirectMemory();
  }

  /** On the heap, by the threads of channels. */
  private static long allocatedBytes() {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("tcpotel-collector"))
        .mapToLong(thread -> threads.getThreadAllocatedBytes(thread.threadId()))
        .sum();
  }

  @Test
  void thatOfAnAnsweredRequestIsFreed() throws Exception {
    try (OtlpReceiver collector = collector();
        ExportToCollector to = export(collector)) {
      long before = directBytes();
      for (int i = 0; i < REQUESTS; i++) {
        sendOne(to);
      }
      assertThat(bodies.stream().map(body -> body.length))
          .hasSize(REQUESTS)
          .allMatch(length -> length > REQUEST_BYTES / 2);
      assertThat(directBytes() - before)
          .as("less than one request")
          .isLessThan(bodies.getFirst().length);
    }
  }

  @Test
  void noneOfARequestIsOnTheHeapOnceMore() throws Exception {
    try (OtlpReceiver collector = collector();
        ExportToCollector to = export(collector)) {
      sendOne(to);
      long before = allocatedBytes();
      for (int i = 0; i < REQUESTS; i++) {
        sendOne(to);
      }
      long each = (allocatedBytes() - before) / REQUESTS;
      assertThat(each).isPositive().isLessThan(REQUEST_BYTES / 4);
    }
  }

  @Test
  void anotherAttemptSendsTheSameBytes() throws Exception {
    toRefuse.set(2);
    try (OtlpReceiver collector = collector();
        ExportToCollector to = export(collector)) {
      sendOne(to);
      sendOne(to);
    }
    List<Integer> contents = bodies.stream().map(Arrays::hashCode).toList();
    assertThat(contents).hasSize(4);
    assertThat(contents.subList(0, 3)).containsOnly(contents.get(0));
    assertThat(contents.get(3)).isNotEqualTo(contents.get(0));
  }
}
