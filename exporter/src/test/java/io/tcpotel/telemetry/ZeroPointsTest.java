// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.testing.RecordImage;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ZeroPointsTest {
  private static final long BEGIN_S = 1_700_000_000;

  private CollectedMetrics collected = with(false, false, true);

  private static CollectedMetrics with(boolean delta, boolean exponential, boolean zeroFirst) {
    return new CollectedMetrics(
        new MetricModes(
            delta, delta, exponential, MetricKeys.DEFAULT, 2000, LogIds.DEFAULT, zeroFirst));
  }

  private void at(long seconds) {
    collected.now = Instant.ofEpochSecond(BEGIN_S + seconds);
  }

  private static double value(PointData point) {
    return switch (point) {
      case LongPointData sum -> sum.getValue();
      case DoublePointData sum -> sum.getValue();
      case HistogramPointData histogram -> {
        assertThat(histogram.getCounts().stream().mapToLong(count -> count).sum())
            .isEqualTo(histogram.getCount());
        yield histogram.getCount();
      }
      case ExponentialHistogramPointData histogram -> {
        assertThat(histogram.getPositiveBuckets().getTotalCount()).isEqualTo(histogram.getCount());
        yield histogram.getCount();
      }
      default -> throw new AssertionError(point);
    };
  }

  /** The points of a metric, as "value at seconds since seconds", in their order. */
  private static List<String> points(Collection<MetricData> metrics, String name) {
    List<String> points = new ArrayList<>();
    for (MetricData metric : metrics) {
      if (metric.getName().equals(name)) {
        for (PointData point : metric.getData().getPoints()) {
          points.add(
              "%.1f at %d since %d"
                  .formatted(
                      value(point),
                      TimeUnit.NANOSECONDS.toSeconds(point.getEpochNanos()) - BEGIN_S,
                      TimeUnit.NANOSECONDS.toSeconds(point.getStartEpochNanos()) - BEGIN_S));
        }
      }
    }
    return points;
  }

  private static RecordImage close() {
    return RecordImage.close().openReported(false).retransmits(0, 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aNewSeriesBeginsWithOne(boolean exponential) {
    collected = with(false, exponential, true);
    at(10);
    collected.record(close());
    at(60);
    Collection<MetricData> first = collected.collect();
    for (String name :
        List.of("tcpotel.connection.attempts", "tcpotel.connection.duration", "tcpotel.rtt")) {
      assertThat(points(first, name))
          .as(name)
          .containsExactly("0.0 at 30 since 10", "1.0 at 60 since 10");
    }
    assertThat(points(first, "tcpotel.stall.time")).hasSize(2).startsWith("0.0 at 30 since 10");
    assertThat(points(first, "tcpotel.retransmits")).containsExactly("0.0 at 60 since 10");
    assertThat(points(first, "tcpotel.connection.active")).hasSize(1);
    collected.record(close());
    at(120);
    assertThat(points(collected.collect(), "tcpotel.rtt")).containsExactly("2.0 at 120 since 10");
  }

  /** A new error in a series that has been shown, and a retransmit after a value of 0. */
  @Test
  void aPointThatComesLaterBeginsAfterTheLastCollection() {
    collected.record(close());
    at(60);
    collected.collect();
    collected.record(RecordImage.failure().openReported(false));
    collected.record(close().retransmits(4, 0));
    at(120);
    Collection<MetricData> second = collected.collect();
    assertThat(points(second, "tcpotel.connection.attempts"))
        .containsExactly("0.0 at 90 since 0", "2.0 at 120 since 0", "1.0 at 120 since 0");
    assertThat(points(second, "tcpotel.retransmits")).containsExactly("4.0 at 120 since 0");
  }

  @Test
  void itIsSentAgainUntilACollectionArrives() {
    collected.record(close());
    for (int second = 60; second <= 180; second += 60) {
      at(second);
      assertThat(points(collected.metrics.produce(Resource.empty()), "tcpotel.rtt"))
          .containsExactly("0.0 at " + (second - 30) + " since 0", "1.0 at " + second + " since 0");
    }
    collected.metrics.answered();
    at(240);
    assertThat(points(collected.collect(), "tcpotel.rtt")).containsExactly("1.0 at 240 since 0");
  }

  /**
   * Prometheus refuses a request whose times of a resource begin before those of an earlier one.
   */
  @Test
  void allOfACollectionHaveOneTimeAndComeFirst() {
    collected.record(close());
    at(20);
    collected.record(close().ports(1, 80));
    at(50);
    collected.record(close().ports(1, 81).inbound());
    at(60);
    List<Long> times =
        collected.collect().stream()
            .flatMap(metric -> metric.getData().getPoints().stream())
            .peek(point -> assertThat(point.getStartEpochNanos() <= point.getEpochNanos()).isTrue())
            .map(point -> TimeUnit.NANOSECONDS.toSeconds(point.getEpochNanos()) - BEGIN_S)
            .toList();
    assertThat(times).isSorted().containsOnly(30L, 60L);
  }

  @Test
  void isLeftOutWhereCollectionsAreTooClose() {
    collected.record(close());
    collected.now = collected.now.plus(Duration.ofMillis(99));
    assertThat(points(collected.collect(), "tcpotel.rtt")).containsExactly("1.0 at 0 since 0");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void deltaPointsHaveNoneAndItCanBeSwitchedOff(boolean delta) {
    collected = with(delta, false, delta);
    collected.record(close());
    at(60);
    Collection<MetricData> first = collected.collect();
    assertThat(points(first, "tcpotel.rtt")).containsExactly("1.0 at 60 since 0");
    assertThat(points(first, "tcpotel.connection.attempts")).containsExactly("1.0 at 60 since 0");
  }

  /** A pair that takes the place of another is a new series. */
  @Test
  void aPairThatDisplacesAnotherBeginsAnew() {
    collected =
        new CollectedMetrics(
            new MetricModes(
                false,
                false,
                false,
                MetricKeys.of(MetricKeys.By.ADDRESS_PAIR),
                2,
                LogIds.DEFAULT,
                true));
    collected.record(close().peerAddress("10.2.0.1"));
    at(60);
    collected.collect();
    at(85);
    collected.record(close().peerAddress("10.2.0.2"));
    at(120);
    assertThat(points(collected.collect(), "tcpotel.rtt"))
        .containsExactly("0.0 at 90 since 85", "1.0 at 120 since 85");
  }
}
