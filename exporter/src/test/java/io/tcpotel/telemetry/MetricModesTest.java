// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.FoldImage;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.Workload;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each mode: temporality, kind of histogram, with pairs of addresses and without. */
class MetricModesTest {
  private static final Set<Instrument> OF_CONNECTIONS =
      EnumSet.range(Instrument.CONNECTION_ATTEMPTS, Instrument.OUT_OF_ORDER_SEGMENTS);

  private static MetricKeys keys(boolean byAddressPair) {
    return byAddressPair ? MetricKeys.of(MetricKeys.By.ADDRESS_PAIR) : MetricKeys.DEFAULT;
  }

  static Stream<MetricModes> all() {
    List<MetricModes> all = new ArrayList<>();
    for (int bits = 0; bits < 32; bits++) {
      all.add(
          new MetricModes(
              (bits & 1) != 0,
              (bits & 2) != 0,
              (bits & 4) != 0,
              keys((bits & 8) != 0),
              2000,
              LogIds.DEFAULT,
              (bits & 16) != 0));
    }
    return all.stream();
  }

  /** What arrives: the sum of all deltas, or the last value; by name, over all series. */
  private static final class Arrived {
    private final Map<String, Map<String, double[]>> points = new TreeMap<>();

    private void take(CollectedMetrics collected) {
      for (MetricData metric : collected.collect()) {
        boolean delta = isDelta(metric);
        for (PointData point : metric.getData().getPoints()) {
          double[] now = numbers(point);
          points
              .computeIfAbsent(metric.getName(), any -> new TreeMap<>())
              .merge(
                  point.getAttributes().toString() + (delta ? "" : point.getStartEpochNanos()),
                  now,
                  (old, added) -> delta ? sum(old, added) : added);
        }
      }
    }

    private static boolean isDelta(MetricData metric) {
      return switch (metric.getType()) {
            case DOUBLE_SUM -> metric.getDoubleSumData().getAggregationTemporality();
            case LONG_SUM -> metric.getLongSumData().getAggregationTemporality();
            case HISTOGRAM -> metric.getHistogramData().getAggregationTemporality();
            default -> metric.getExponentialHistogramData().getAggregationTemporality();
          }
          == AggregationTemporality.DELTA;
    }

    /** Count and sum, and a histogram's buckets. */
    private static double[] numbers(PointData point) {
      return switch (point) {
        case LongPointData sum -> new double[] {sum.getValue()};
        case DoublePointData sum -> new double[] {sum.getValue()};
        case HistogramPointData histogram ->
            Stream.concat(
                    Stream.of((double) histogram.getCount(), histogram.getSum()),
                    histogram.getCounts().stream().map(Long::doubleValue))
                .mapToDouble(number -> number)
                .toArray();
        case ExponentialHistogramPointData histogram ->
            new double[] {histogram.getCount(), histogram.getSum()};
        default -> throw new AssertionError(point);
      };
    }

    private static double[] sum(double[] one, double[] other) {
      double[] sum = one.clone();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += other[i];
      }
      return sum;
    }

    private String total(String name) {
      double[] total =
          points.getOrDefault(name, Map.of()).values().stream().reduce(Arrived::sum).orElseThrow();
      StringBuilder text = new StringBuilder();
      for (double number : total) {
        text.append(Math.round(number * 1e6) / 1e6).append(' ');
      }
      return text.toString();
    }
  }

  private static RecordImage close() {
    return RecordImage.close().openReported(false);
  }

  /** Three ends that lasted 12, 15 and 18 ms, and their sum as the kernel folds it. */
  @ParameterizedTest
  @MethodSource("all")
  void aFoldIsTheSameAsItsRecords(MetricModes modes) {
    CollectedMetrics records = new CollectedMetrics(modes);
    Arrived ofRecords = new Arrived();
    for (int ms = 12; ms <= 18; ms += 3) {
      int handshakeUs = ms * 100;
      records.record(
          close()
              .durationNs(ms * 1_000_000L)
              .srttUs(8 * (ms * 10))
              .reportedSegments(0, 0)
              .set(data -> tcp_probe_info.handshake_us(data, handshakeUs)));
      ofRecords.take(records);
    }
    records.record(RecordImage.failure());
    ofRecords.take(records);
    CollectedMetrics folds = new CollectedMetrics(modes);
    Arrived ofFolds = new Arrived();
    folds.metrics.recordFolded(FoldImage.likeThreeCloses().view(), Workload.AGENT);
    ofFolds.take(folds);
    folds.metrics.recordFolded(FoldImage.likeAFailure().view(), Workload.AGENT);
    ofFolds.take(folds);
    for (Instrument instrument : OF_CONNECTIONS) {
      assertThat(ofFolds.total(instrument.key()))
          .as(instrument.key())
          .isEqualTo(ofRecords.total(instrument.key()));
    }
  }

  /** What three rounds of 3,000 failures and closes add to each {@link CountedSum}. */
  private static final long[] ROUNDS = {
    18_000,
    9_000 * 5300L,
    9_000 * 88_000L,
    9_000 * 61,
    9_000 * 64,
    9_000 * 3,
    18_000,
    9_000 * 500,
    9_000 * 150,
    9_000 * 60,
    9_000 * 100,
    9_000 * 3,
    9_000 * 11,
    9_000 * 21
  };

  /** A scan, services, silence of a quarter of an hour, and the services again. */
  @ParameterizedTest
  @MethodSource("all")
  void whatIsShownIsWhatWasCountedThoughSeriesEndAndComeBack(MetricModes modes) {
    CollectedMetrics collected = new CollectedMetrics(modes);
    Arrived arrived = new Arrived();
    long nowNs = 0;
    for (int round = 0; round < 3; round++) {
      for (int port = 1; port <= 3_000; port++) {
        collected.record(RecordImage.failure().ports(1, port));
        String peer = "10.1." + port % 1_500 / 250 + "." + port % 250; // more than are kept apart
        collected.record(close().ports(1, 1 + port % 40).peerAddress(peer));
      }
      arrived.take(collected);
      collected.now = collected.now.plus(Duration.ofMinutes(16));
      nowNs += TimeUnit.MINUTES.toNanos(16);
      collected.metrics.tick(nowNs);
      if (!modes.deltaCounters()) {
        assertThat(
                collected.collect().stream()
                    .filter(metric -> metric.getName().equals("tcpotel.segments"))
                    .flatMap(metric -> metric.getLongSumData().getPoints().stream())
                    .count())
            .as("points of the overflow, after all others have ended")
            .isLessThanOrEqualTo(2);
      }
    }
    assertThat(arrived.total("tcpotel.connection.attempts")).isEqualTo("18000.0 ");
    assertThat(arrived.total("tcpotel.connection.active")).isEqualTo("0.0 ");
    assertThat(arrived.total("tcpotel.connection.duration")).startsWith("9000.0 ");
    assertThat(arrived.total("tcpotel.rtt")).startsWith("9000.0 ");
    assertThat(arrived.total("tcpotel.retransmits")).isEqualTo(9_000 * 3 + ".0 ");
    for (CountedSum sum : CountedSum.values()) {
      assertThat(collected.metrics.collected(sum))
          .as(sum.name())
          .isEqualTo(new ConnectionMetrics.Collected(ROUNDS[sum.ordinal()], 0));
    }
    assertThat(arrived.total("tcpotel.connection.limited")).isEqualTo(9 * (500 + 150 + 60) + ".0 ");
    assertThat(arrived.total("tcpotel.stall.time")).isEqualTo(9 * 100 + ".0 ");
    assertThat(arrived.total("tcpotel.io")).isEqualTo(9_000.0 * (5300 + 88_000) + " ");
    assertThat(arrived.total("tcpotel.segments")).isEqualTo(9_000.0 * (61 + 64) + " ");
  }

  /** The collector is away when the last value is shown, and for an hour after that. */
  @ParameterizedTest
  @MethodSource("all")
  void aSeriesEndsAfterItsLastValueHasArrived(MetricModes modes) {
    CollectedMetrics collected = new CollectedMetrics(modes);
    collected.record(close());
    collected.metrics.produce(Resource.empty());
    collected.metrics.tick(TimeUnit.HOURS.toNanos(1));
    assertThat(collected.metrics.size()).isEqualTo(modes.keys().hasAddresses() ? 2 : 1);
    if (!modes.deltaCounters()) {
      assertThat(collected.sums("tcpotel.io")).hasSize(2).containsValues(5300L, 88_000L);
    }
    collected.collect();
    collected.metrics.tick(TimeUnit.HOURS.toNanos(2));
    assertThat(collected.metrics.size()).isZero();
  }
}
