// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.SocketWalk;
import io.tcpotel.record.ListenerRecord;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.testing.Await;
import io.tcpotel.workload.Workload;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.Channel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Listening sockets, from the walks to the metrics. */
@Timeout(Await.TEST_SECONDS)
class ListenerKernelTest {
  private static final InetSocketAddress ADDRESS = new InetSocketAddress("127.0.0.1", 8080);
  private static final int CLIENTS = 4;

  private final CollectedMetrics collected = new CollectedMetrics(false);
  private final ListenerRecord listener = new ListenerRecord();

  private static ServerSocketChannel listen(int backlog) throws IOException {
    return ServerSocketChannel.open()
        .setOption(StandardSocketOptions.SO_REUSEPORT, true)
        .bind(ADDRESS, backlog);
  }

  private void walk(CapturedConnections captured) {
    try (SocketWalk walk = captured.liveWalks().begin()) {
      while (walk.step()) {
        Thread.onSpinWait();
      }
    }
    captured.reader().drain((data, offset, length) -> take(captured, data, offset, length));
    collected.metrics.listeners().endOfWalk();
  }

  private void take(CapturedConnections captured, MemorySegment data, long offset, int length) {
    boolean isListener = listener.copyFrom(data, offset).check(length) == RecordCheck.OK;
    if (isListener && listener.netnsCookie() == captured.namespace().cookie()) {
      collected.metrics.listeners().record(listener, Workload.AGENT);
    }
  }

  private static CapturedConnections begin() {
    return CapturedConnections.begin(
        ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true)
            .withLiveReports(new LiveReports(0, false)));
  }

  /** The one number in what a command prints. */
  private static long printed(CapturedConnections captured, String pattern, String... command) {
    String text = captured.namespace().exec(command);
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    assertThat(matcher.find()).as(text).isTrue();
    return Long.parseLong(matcher.group(1));
  }

  private static SocketChannel knock() throws IOException {
    SocketChannel channel = SocketChannel.open();
    channel.configureBlocking(false);
    channel.connect(ADDRESS);
    return channel;
  }

  @Test
  void anOverflowHasTheNumberOfNstatAndOfSs() throws IOException {
    try (CapturedConnections captured = begin();
        Channel held = captured.call(() -> listen(1))) {
      assertThat(held.isOpen()).isTrue();
      List<Channel> clients = new ArrayList<>();
      for (int i = 0; i < 2 + CLIENTS; i++) { // the queue takes one more than its backlog
        clients.add(captured.call(ListenerKernelTest::knock));
      }
      for (Channel client : clients) {
        client.close(); // none repeats its SYN
      }
      walk(captured);
      long drops =
          printed(captured, "ListenOverflows +(\\d+)", "nstat", "-asz", "TcpExtListenOverflows");
      assertThat(drops).isGreaterThanOrEqualTo(CLIENTS);
      assertThat(printed(captured, ",d(\\d+)\\)", "ss", "-lntmH", "sport", "=", ":8080"))
          .isEqualTo(drops);
      assertThat(collected.sums("tcpotel.accept_queue.drops"))
          .containsExactly(entry("{server.port=8080}", drops));
    }
  }

  @Test
  void listenersOfOnePortAddUpUntilTheyAreClosed() throws IOException {
    List<Channel> channels = new ArrayList<>();
    try (CapturedConnections captured = begin()) {
      Channel first = captured.call(() -> listen(CLIENTS));
      Channel second = captured.call(() -> listen(CLIENTS + 1));
      channels.addAll(List.of(first, second));
      for (int i = 0; i < CLIENTS; i++) {
        channels.add(captured.call(() -> SocketChannel.open(ADDRESS)));
      }
      walk(captured);
      assertThat(collected.sums("tcpotel.accept_queue.usage"))
          .containsExactly(entry("{server.port=8080}", (long) CLIENTS));
      assertThat(collected.sums("tcpotel.accept_queue.limit"))
          .containsExactly(entry("{server.port=8080}", 2L * CLIENTS + 1));
      first.close();
      walk(captured);
      assertThat(collected.sums("tcpotel.accept_queue.limit"))
          .containsExactly(entry("{server.port=8080}", CLIENTS + 1L));
      second.close();
      walk(captured);
      assertThat(collected.metrics.produce(Resource.empty()))
          .extracting(MetricData::getName)
          .isEmpty();
    } finally {
      for (Channel channel : channels) {
        channel.close();
      }
    }
  }
}
