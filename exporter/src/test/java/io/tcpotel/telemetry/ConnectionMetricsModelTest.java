// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** The metrics against plain sums. */
class ConnectionMetricsModelTest {
  /** Sums by instrument and attributes, the latter as {@link CollectedMetrics} writes them. */
  private static final class PlainSums {
    private final Map<String, Map<String, Long>> counters = new TreeMap<>();
    private final Map<String, Map<String, double[]>> histograms = new TreeMap<>();
    private final MetricKeys.By by;

    private PlainSums(MetricKeys.By by) {
      this.by = by;
    }

    private void add(String name, Map<String, Object> attributes, long amount) {
      counters
          .computeIfAbsent(name, any -> new TreeMap<>())
          .merge(attributes.toString(), amount, Long::sum);
    }

    private void observe(String name, Map<String, Object> attributes, double value) {
      double[] countAndSum =
          histograms
              .computeIfAbsent(name, any -> new TreeMap<>())
              .computeIfAbsent(attributes.toString(), any -> new double[2]);
      countAndSum[0]++;
      countAndSum[1] += value;
    }

    private void take(RecordImage image, String peer) {
      ConnectionRecord record = image.view();
      Map<String, Object> plain = plain(record);
      Map<String, Object> paired = new TreeMap<>(plain);
      if (peer != null && by != MetricKeys.By.PORT) {
        paired.put("service.peer.name", peer);
      }
      if (by == MetricKeys.By.ADDRESS_PAIR) {
        paired.put("network.local.address", record.localAddressText());
        paired.put("network.peer.address", record.peerAddressText());
      } else if (by == MetricKeys.By.ADDRESS_PREFIX) {
        paired.put("network.peer.address.prefix", prefix(record));
      }
      RecordKind kind = record.kind();
      boolean ends = kind == RecordKind.CLOSE || kind == RecordKind.FAILED;
      String error = ends ? ExpectedLog.error(record) : null;
      Map<String, Object> ended = error == null ? paired : with(paired, "error.type", error);
      boolean begins = kind == RecordKind.OPEN || kind == RecordKind.ADOPTED;
      if (kind == RecordKind.FAILED) {
        add("tcpotel.connection.attempts", ended, 1);
      } else if (begins || !record.openReported()) {
        add("tcpotel.connection.attempts", paired, record.preexisting() ? 0 : 1);
        add("tcpotel.connection.active", plain, 1);
      }
      addPresent("tcpotel.connection.stalled", record, plain, 1 << 8);
      addPresent("tcpotel.connection.not_accepted", record, plain, 1 << 5);
      if (begins) {
        return;
      }
      if (kind == RecordKind.CLOSE) {
        add("tcpotel.connection.active", plain, -1);
        takeTimes(record, paired, ended);
      } else if (kind == RecordKind.UPDATE) {
        takeUpdate(record, paired);
      }
      takeHandshake(record, paired, ended);
      takeTotals(record, plain, paired);
    }

    private void takeTimes(
        ConnectionRecord record, Map<String, Object> paired, Map<String, Object> ended) {
      if (!record.preexisting()) {
        observe("tcpotel.connection.duration", ended, record.durationNs() / 1e9);
      }
      if (record.srttEighthUs() != 0 && record.synRetransmits() == 0) {
        observe("tcpotel.rtt", paired, record.srttEighthUs() / 8e6);
      }
      if (record.rttMinUs() != 0 && record.synRetransmits() == 0) {
        observe("tcpotel.min_rtt", paired, record.rttMinUs() / 1e6);
      }
    }

    /** With acknowledged data, or the handshake if that was not reported before. */
    private void takeUpdate(ConnectionRecord record, Map<String, Object> paired) {
      boolean isNew = isFirst(record) || record.sentBytes() > record.reportedSentBytes();
      boolean isRight = record.synRetransmits() == 0 || record.sentBytes() >= 16_777_216;
      if (isNew && isRight && record.closedBy() == 0 && record.srttEighthUs() != 0) {
        observe("tcpotel.rtt", paired, record.srttEighthUs() / 8e6);
      }
    }

    private void takeHandshake(
        ConnectionRecord record, Map<String, Object> paired, Map<String, Object> ended) {
      if (record.direction() != 2) {
        return;
      }
      if (record.kind() == RecordKind.FAILED) {
        observe("tcpotel.handshake.duration", ended, record.durationNs() / 1e9);
      } else if (isFirst(record) && record.handshakeUs() != 0) {
        observe("tcpotel.handshake.duration", paired, record.handshakeUs() / 1e6);
      }
    }

    private static boolean isFirst(ConnectionRecord record) {
      return record.reportedSegsIn() == 0 && record.reportedSegsOut() == 0;
    }

    private void takeTotals(
        ConnectionRecord record, Map<String, Object> plain, Map<String, Object> paired) {
      String direction = "network.io.direction";
      Map<String, Object> out = with(plain, direction, "transmit");
      Map<String, Object> in = with(plain, direction, "receive");
      long sentBytes = record.sentBytes() - record.reportedSentBytes();
      long receivedBytes = record.receivedBytes() - record.reportedReceivedBytes();
      add("tcpotel.io", with(paired, direction, "transmit"), sentBytes);
      add("tcpotel.io", with(paired, direction, "receive"), receivedBytes);
      add("tcpotel.segments", out, unsigned(record.segsOut(), record.reportedSegsOut()));
      add("tcpotel.segments", in, unsigned(record.segsIn(), record.reportedSegsIn()));
      add(
          "tcpotel.retransmits",
          paired,
          unsigned(record.totalRetrans(), record.reportedTotalRetrans()));
      add("tcpotel.lost", plain, unsigned(record.lost(), record.reportedLost()));
      takeDelays(record, plain);
    }

    private void takeDelays(ConnectionRecord record, Map<String, Object> plain) {
      String limited = "tcpotel.connection.limited";
      add(
          limited,
          with(plain, "tcpotel.limited_by", "network"),
          unsigned(record.networkLimitedMs(), record.reportedNetworkLimitedMs()));
      add(
          limited,
          with(plain, "tcpotel.limited_by", "receiver"),
          unsigned(record.receiverLimitedMs(), record.reportedReceiverLimitedMs()));
      add(
          limited,
          with(plain, "tcpotel.limited_by", "send_buffer"),
          unsigned(record.sendBufferLimitedMs(), record.reportedSendBufferLimitedMs()));
      add("tcpotel.stall.time", plain, unsigned(record.stalledMs(), record.reportedStalledMs()));
      add(
          "tcpotel.timeouts",
          plain,
          Math.floorMod(record.timeouts() - record.reportedTimeouts(), 65536));
      add(
          "tcpotel.spurious_retransmits",
          plain,
          unsigned(record.spuriousRetransmits(), record.reportedSpuriousRetransmits()));
      add(
          "tcpotel.out_of_order_segments",
          plain,
          unsigned(record.outOfOrderSegments(), record.reportedOutOfOrderSegments()));
    }

    /** The reports of one connection add up to what the last one says, and its end to 0. */
    private void addPresent(
        String name, ConnectionRecord record, Map<String, Object> plain, int flag) {
      RecordKind kind = record.kind();
      boolean open = kind == RecordKind.UPDATE || kind == RecordKind.ADOPTED;
      int now = open && (record.flags() & flag) != 0 ? 1 : 0;
      add(name, plain, (record.reportedFlags() & flag) != 0 ? now - 1 : now);
    }

    private static long unsigned(long total, long reported) {
      return Math.floorMod(total - reported, 1L << 32);
    }

    private static Map<String, Object> with(Map<String, Object> plain, String key, String value) {
      Map<String, Object> all = new TreeMap<>(plain);
      all.put(key, value);
      return all;
    }

    /** 21 bits of IPv4, 37 of IPv6. */
    private static String prefix(ConnectionRecord record) {
      byte[] peer = RecordImage.stored(record.peerAddressText());
      boolean isIpv4 = record.peerAddressText().contains(".");
      for (int bit = isIpv4 ? 96 + 21 : 37; bit < 128; bit++) {
        peer[bit / 8] &= (byte) ~(0x80 >>> bit % 8);
      }
      String text = RecordImage.close().addresses(peer, peer).view().peerAddressText();
      return text + (isIpv4 ? "/21" : "/37");
    }

    private static Map<String, Object> plain(ConnectionRecord record) {
      Map<String, Object> plain = new TreeMap<>();
      int direction = record.direction();
      plain.put("tcpotel.connection.role", List.of("unknown", "server", "client").get(direction));
      int port = direction == 2 ? record.peerPort() : record.localPort();
      if (direction != 0 && port != 0) {
        plain.put("server.port", port);
      }
      return plain;
    }
  }

  private static final WorkloadTable WORKLOADS =
      new WorkloadTable(id -> "/system.slice/service" + id + ".service", id -> false, 9);
  private static final Workload[] PEERS = {null, WORKLOADS.of(1), WORKLOADS.of(2)};

  @Property(tries = 200)
  void everySumEqualsAPlainOne(
      @ForAll("records") List<RecordImage> images, @ForAll MetricKeys.By by) {
    PrefixLengths prefix = by == MetricKeys.By.ADDRESS_PREFIX ? new PrefixLengths(21, 37) : null;
    CollectedMetrics collected = new CollectedMetrics(new MetricKeys(by, prefix, Set.of()));
    PlainSums plain = new PlainSums(by);
    for (RecordImage image : images) {
      // Sums of nanoseconds have 64 bits: together they are less than 292 years.
      image.durationNs(image.view().durationNs() >> 8);
      Workload peer = PEERS[image.view().peerPort() % PEERS.length];
      collected.record(image, peer);
      plain.take(image, peer == null ? null : peer.serviceName());
    }
    plain.counters.forEach(
        (name, sums) -> {
          sums.values().removeIf(sum -> sum == 0);
          if (name.equals("tcpotel.connection.limited") || name.equals("tcpotel.stall.time")) {
            requireEqualSeconds(collected, name, sums);
          } else if (!sums.isEmpty()) {
            assertThat(collected.sums(name)).as(name).isEqualTo(sums);
          }
        });
    plain.histograms.forEach((name, points) -> requireEqual(collected.histogram(name), points));
  }

  private static void requireEqualSeconds(
      CollectedMetrics collected, String name, Map<String, Long> ms) {
    if (!ms.isEmpty()) {
      Map<String, Double> seconds = new TreeMap<>();
      ms.forEach((key, sum) -> seconds.put(key, sum / 1000.0));
      assertThat(collected.seconds(name)).as(name).isEqualTo(seconds);
    }
  }

  private static void requireEqual(
      Map<String, HistogramPointData> points, Map<String, double[]> expected) {
    assertThat(points.keySet()).isEqualTo(expected.keySet());
    points.forEach(
        (key, point) -> {
          assertThat((double) point.getCount()).isEqualTo(expected.get(key)[0]);
          double sum = expected.get(key)[1];
          assertThat(point.getSum()).isCloseTo(sum, within(Math.max(1e-9, sum * 1e-9)));
        });
  }

  @Provide
  Arbitrary<List<RecordImage>> records() {
    return AnyRecord.arbitrary().list().ofMinSize(1).ofMaxSize(150);
  }

  private static RecordImage between(int local, int peer) {
    return RecordImage.close()
        .openReported(false)
        .localAddress("10.0." + local / 250 + "." + local % 250)
        .peerAddress("2001:db8::" + Integer.toHexString(peer))
        .srttUs(8000);
  }

  @Test
  void neverPutsAddressesOnTheOtherInstruments() {
    CollectedMetrics collected = new CollectedMetrics(true);
    for (int pair = 0; pair < 10; pair++) {
      collected.record(between(pair, pair));
    }
    String plain = "{server.port=5432, tcpotel.connection.role=client}";
    assertThat(collected.sums("tcpotel.spurious_retransmits")).containsOnlyKeys(plain);
    assertThat(collected.sums("tcpotel.segments")).hasSize(2);
  }
}
