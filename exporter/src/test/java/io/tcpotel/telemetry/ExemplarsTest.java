// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.metrics.data.DoubleExemplarData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.PairKey;
import io.tcpotel.testing.FoldImage;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.Workload;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ExemplarsTest {
  private static final String DURATION = "tcpotel.connection.duration";
  private static final String RTT = "tcpotel.rtt";

  /** Of {@link RecordImage#close}; computed elsewhere. */
  private static final String IDS = "53d3fe5ba38d1442030fc536afbfaf3b 260f6494a15c44a9";

  private static final int RESET = 104;

  private CollectedMetrics collected = with(LogIds.DEFAULT, false);

  private static CollectedMetrics with(LogIds exemplars, boolean exponential) {
    return new CollectedMetrics(
        new MetricModes(false, false, exponential, MetricKeys.DEFAULT, 2000, exemplars, false));
  }

  /** Of generation 0, so that the cookie is the connection's id; another time for each. */
  private static RecordImage close(int id, int durationMs, int rttUs) {
    return RecordImage.close()
        .generation(0)
        .socketCookie(id)
        .closeNs(1_000_000_000L + id)
        .durationNs(durationMs * 1_000_000L)
        .srttUs(8 * rttUs);
  }

  private static Stream<DoubleExemplarData> exemplars(MetricData metric) {
    return switch (metric.getType()) {
      case HISTOGRAM ->
          metric.getHistogramData().getPoints().stream().flatMap(p -> p.getExemplars().stream());
      case EXPONENTIAL_HISTOGRAM ->
          metric.getExponentialHistogramData().getPoints().stream()
              .flatMap(p -> p.getExemplars().stream());
      default -> Stream.empty();
    };
  }

  private static long id(DoubleExemplarData exemplar) {
    assertThat(exemplar.getFilteredAttributes().size()).isEqualTo(1);
    String id = exemplar.getFilteredAttributes().get(Exemplars.CONNECTION_ID);
    assertThat(id).matches("[0-9a-f]{16}");
    return Long.parseLong(id, 16);
  }

  private static String ids(DoubleExemplarData exemplar) {
    return exemplar.getSpanContext().isValid()
        ? exemplar.getSpanContext().getTraceId() + " " + exemplar.getSpanContext().getSpanId()
        : "";
  }

  private static Stream<DoubleExemplarData> of(Collection<MetricData> metrics, String name) {
    return metrics.stream()
        .filter(metric -> metric.getName().equals(name))
        .flatMap(ExemplarsTest::exemplars);
  }

  private static Set<String> chosen(Collection<MetricData> metrics, String name) {
    Set<String> chosen = new TreeSet<>();
    of(metrics, name)
        .forEach(
            exemplar ->
                assertThat(chosen.add(id(exemplar) + ": " + exemplar.getValue()))
                    .as("told once")
                    .isTrue());
    return chosen;
  }

  private void recordFive() {
    collected.record(close(1, 15, 61));
    collected.record(close(2, 19, 90));
    collected.record(close(3, 12, 75).skErr(RESET).previousState(1));
    collected.record(close(4, 40, 72).skErr(RESET).previousState(1));
    collected.record(close(5, 35, 1100));
  }

  /** Buckets: durations up to 20 and 50 ms, round-trip times up to 100 us and 2 ms. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void areTheSlowestAndTheLastFailedOfEachBucketSinceTheLastCollection(boolean exponential) {
    collected = with(LogIds.DEFAULT, exponential);
    recordFive();
    Collection<MetricData> first = collected.collect();
    assertThat(chosen(first, DURATION))
        .containsExactly("2: 0.019", "3: 0.012", "4: 0.04", "5: 0.035");
    assertThat(chosen(first, RTT)).containsExactly("2: 9.0E-5", "4: 7.2E-5", "5: 0.0011");
    assertThat(first.stream().flatMap(ExemplarsTest::exemplars).count()).isEqualTo(7);
    collected.record(close(6, 14, 62));
    Collection<MetricData> second = collected.collect();
    assertThat(chosen(second, DURATION)).containsExactly("6: 0.014");
    assertThat(chosen(second, RTT)).containsExactly("6: 6.2E-5");
    assertThat(chosen(first, DURATION)).as("points that wait keep none").isEmpty();
    assertThat(chosen(collected.collect(), DURATION)).isEmpty();
  }

  @Test
  void haveTheIdsOfTheLogRecordAndItsTime() {
    collected.metrics.setOffsetNs(1_700_000_000_000_000_000L);
    collected.record(close(7, 15, 61));
    List<DoubleExemplarData> all = of(collected.collect(), DURATION).toList();
    assertThat(all).hasSize(1);
    assertThat(ids(all.get(0))).isEqualTo(IDS);
    assertThat(all.get(0).getEpochNanos()).isEqualTo(1_700_000_001_000_000_007L);
    assertThat(id(all.get(0))).isEqualTo(7);
  }

  /** One connection is the slowest in two histograms, the other in one: the ids stay apart. */
  @Test
  void haveTheirOwnIdsEach() {
    collected.record(close(1, 15, 61));
    collected.record(close(2, 16, 60).isns(0x01020304, 0x05060708));
    Collection<MetricData> metrics = collected.collect();
    assertThat(of(metrics, RTT).map(ExemplarsTest::ids)).containsExactly(IDS);
    assertThat(of(metrics, DURATION).map(ExemplarsTest::ids)).hasSize(1).doesNotContain(IDS, "");
  }

  /** Connections that live have ids only with a key of one's own; without ids, none has. */
  @Test
  void haveIdsWhereLogRecordsHave() {
    PairKey key = PairKey.own(HexFormat.of().parseHex("00112233445566778899aabbccddeeff"));
    for (LogIds which : List.of(LogIds.DEFAULT, LogIds.of(key), LogIds.none(key))) {
      collected = with(which, false);
      collected.record(RecordImage.update().generation(0).socketCookie(8));
      collected.record(close(9, 15, 61));
      Collection<MetricData> metrics = collected.collect();
      List<String> withIds =
          of(metrics, RTT).filter(each -> !ids(each).isEmpty()).map(each -> id(each) + "").toList();
      assertThat(of(metrics, RTT).map(ExemplarsTest::id)).containsExactlyInAnyOrder(8L, 9L);
      assertThat(withIds).hasSize(which.kinds().isEmpty() ? 0 : which.key().isOwn() ? 2 : 1);
      assertThat(of(metrics, DURATION).map(ExemplarsTest::id)).containsExactly(9L);
    }
  }

  @Test
  void canBeSwitchedOff() {
    collected = with(null, false);
    recordFive();
    Collection<MetricData> metrics = collected.collect();
    assertThat(metrics.stream().flatMap(ExemplarsTest::exemplars)).isEmpty();
    assertThat(metrics.stream().map(MetricData::getName)).contains(DURATION, RTT);
  }

  @Test
  void whatTheKernelHasAddedUpHasNone() {
    collected.metrics.recordFolded(FoldImage.likeThreeCloses().view(), Workload.AGENT);
    assertThat(collected.count(DURATION, "role")).isEqualTo(3);
    assertThat(collected.collect().stream().flatMap(ExemplarsTest::exemplars)).isEmpty();
  }

  /**
   * A series each, of more exemplars than there is room for; the next collection has room again.
   */
  @Test
  void areBoundedByNumberAndCountedAllTheSame() {
    for (int round = 0; round < 2; round++) {
      for (int port = 1; port <= 1000; port++) {
        for (int i = 0; i < 4; i++) {
          collected.record(close(4 * port + i, 15 << i, 61).ports(40_000, port));
        }
      }
      Collection<MetricData> metrics = collected.metrics.produce(Resource.empty());
      assertThat(metrics.stream().flatMap(ExemplarsTest::exemplars)).hasSize(Exemplars.MOST);
      assertThat(collected.count(DURATION, "role")).isEqualTo(4_000L * (round + 1));
    }
  }

  /** A thousand pairs at most; the next one takes the place of the lightest. */
  @Test
  void thoseOfADisplacedPairAreNotShownUnderAnother() {
    collected = new CollectedMetrics(true);
    for (int pair = 1; pair <= 1_001; pair++) {
      String peer = "10.2." + pair / 250 + "." + pair % 250;
      collected.record(close(pair, 15, 61).peerAddress(peer).bytes(0, 0).reportedBytes(0, 0));
    }
    int[] told = new int[1];
    for (PointData point : collected.metric(DURATION).getHistogramData().getPoints()) {
      String attributes = point.getAttributes().toString();
      point
          .getExemplars()
          .forEach(
              exemplar -> {
                long id = id((DoubleExemplarData) exemplar);
                assertThat(attributes).contains("\"10.2." + id / 250 + "." + id % 250 + "\"");
                told[0]++;
              });
    }
    assertThat(told[0]).isEqualTo(1_000);
  }

  /** Each value belongs to one id, time and trace id. */
  @Test
  void areWholeWhileAnotherThreadCollects() {
    collected.record(close(1, 1, 61));
    collected.collect();
    AtomicBoolean stop = new AtomicBoolean();
    CompletableFuture<Void> recording =
        CompletableFuture.runAsync(
            () -> {
              for (int id = 1; !stop.get(); id = id % 100_000 + 1) {
                collected.record(close(id, id, 61).skErr(RESET).previousState(1).isns(id, 0));
              }
            });
    int seen = 0;
    for (int round = 0; seen < 3_000 || round < 300; round++) {
      for (DoubleExemplarData exemplar : of(collected.collect(), DURATION).toList()) {
        long id = id(exemplar);
        assertThat(exemplar.getValue()).isEqualTo(id / 1e3);
        assertThat(exemplar.getEpochNanos()).isEqualTo(1_000_000_000L + id);
        CollectedMetrics alone = with(LogIds.DEFAULT, false);
        alone.record(close((int) id, (int) id, 61).skErr(RESET).previousState(1).isns((int) id, 0));
        assertThat(of(alone.collect(), DURATION).map(ExemplarsTest::ids))
            .containsExactly(ids(exemplar));
        seen++;
      }
    }
    stop.set(true);
    recording.join();
  }
}
