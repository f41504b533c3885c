// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.tcpotel.Release;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.RecordImage;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ConnectionMetricsTest {
  private static final String CLIENT = "{server.port=5432, tcpotel.connection.role=client}";
  private static final String TRANSMIT =
      "{network.io.direction=transmit, server.port=5432, tcpotel.connection.role=client}";
  private static final String RECEIVE =
      "{network.io.direction=receive, server.port=5432, tcpotel.connection.role=client}";

  private final CollectedMetrics collected = new CollectedMetrics(false);

  private static String failed(String error) {
    return "{error.type=" + error + ", server.port=5432, tcpotel.connection.role=client}";
  }

  @Test
  void instrumentsHaveTheContractsNamesUnitsAndScope() {
    collected.record(RecordImage.open());
    collected.record(RecordImage.close().reportedSegments(0, 0));
    assertThat(collected.collect())
        .extracting(metric -> metric.getName() + " " + metric.getType() + " " + metric.getUnit())
        .containsExactlyInAnyOrder(
            "tcpotel.connection.attempts LONG_SUM {connection}",
            "tcpotel.connection.active LONG_SUM {connection}",
            "tcpotel.connection.duration HISTOGRAM s",
            "tcpotel.io LONG_SUM By",
            "tcpotel.segments LONG_SUM {segment}",
            "tcpotel.retransmits LONG_SUM {segment}",
            "tcpotel.connection.limited DOUBLE_SUM s",
            "tcpotel.stall.time DOUBLE_SUM s",
            "tcpotel.timeouts LONG_SUM {timeout}",
            "tcpotel.spurious_retransmits LONG_SUM {segment}",
            "tcpotel.out_of_order_segments LONG_SUM {segment}",
            "tcpotel.lost LONG_SUM {segment}",
            "tcpotel.rtt HISTOGRAM s",
            "tcpotel.min_rtt HISTOGRAM s",
            "tcpotel.handshake.duration HISTOGRAM s");
    for (MetricData metric : collected.collect()) {
      InstrumentationScopeInfo scope = metric.getInstrumentationScopeInfo();
      assertThat(scope.getName()).isEqualTo("io.tcpotel.tcp");
      assertThat(scope.getVersion()).isEqualTo(Release.VERSION);
      assertThat(scope.getSchemaUrl()).isEqualTo("https://opentelemetry.io/schemas/1.45.0");
      assertThat(metric.getDescription()).isNotBlank();
      boolean active = metric.getName().equals("tcpotel.connection.active");
      assertThat(
              metric.getType() == MetricDataType.HISTOGRAM
                  || (metric.getType() == MetricDataType.DOUBLE_SUM
                      ? metric.getDoubleSumData().isMonotonic()
                      : metric.getLongSumData().isMonotonic() != active))
          .as(metric.getName())
          .isTrue();
    }
  }

  @Test
  void histogramsHaveTheContractsBoundaries() {
    collected.record(RecordImage.close().reportedSegments(0, 0));
    assertThat(collected.histogram("tcpotel.connection.duration").get(CLIENT).getBoundaries())
        .containsExactly(
            0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0,
            30.0, 60.0, 120.0, 300.0, 900.0, 3600.0, 21600.0);
    for (String roundTrip : List.of("tcpotel.rtt", "tcpotel.min_rtt")) {
      assertThat(collected.histogram(roundTrip).get(CLIENT).getBoundaries())
          .containsExactly(
              0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
              0.5, 1.0);
    }
    assertThat(collected.histogram("tcpotel.handshake.duration").get(CLIENT).getBoundaries())
        .containsExactly(
            0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
            3.0, 7.0, 15.0, 31.0, 63.0);
  }

  @Test
  void anUnobservedConnectionIsInNoSeries() {
    collected.record(RecordImage.unobserved());
    assertThat(collected.collect()).isEmpty();
  }

  @Test
  void anOpenCountsAsAnAttemptAndAsActive() {
    collected.record(RecordImage.open());
    collected.record(RecordImage.open());
    assertThat(collected.sums("tcpotel.connection.attempts")).isEqualTo(Map.of(CLIENT, 2L));
    assertThat(collected.sums("tcpotel.connection.active")).isEqualTo(Map.of(CLIENT, 2L));
    collected.record(RecordImage.open().ports(1, 443));
    assertThat(collected.metrics.active()).isEqualTo(3);
  }

  @Test
  void aCloseEndsWhatItsOpenBegan() {
    collected.record(RecordImage.open());
    collected.record(RecordImage.close());
    assertThat(collected.sums("tcpotel.connection.attempts")).isEqualTo(Map.of(CLIENT, 1L));
    assertThat(collected.sums("tcpotel.connection.active")).isEmpty();
    HistogramPointData duration = collected.histogram("tcpotel.connection.duration").get(CLIENT);
    assertThat(duration.getCount()).isEqualTo(1);
    assertThat(duration.getSum()).isEqualTo(1.2044);
    HistogramPointData rtt = collected.histogram("tcpotel.rtt").get(CLIENT);
    assertThat(rtt.getSum()).isEqualTo(0.0008125);
  }

  private static RecordImage present(RecordImage image, int flags, int reported) {
    return image
        .set(data -> tcp_probe_info.flags(data, (short) flags))
        .set(data -> tcp_probe_info.reported_flags(data, (short) reported));
  }

  @Test
  void aConnectionIsStalledFromTheReportThatSaysSoToTheNextOneThatDoesNot() {
    int stalled = ProbeAbi.TCP_PROBE_STALLED();
    int waits = ProbeAbi.TCP_PROBE_NOT_ACCEPTED();
    collected.record(present(RecordImage.update(), stalled | waits, 0));
    collected.record(present(RecordImage.adopted(), stalled, 0));
    assertThat(collected.sums("tcpotel.connection.stalled")).isEqualTo(Map.of(CLIENT, 2L));
    assertThat(collected.sums("tcpotel.connection.not_accepted")).isEqualTo(Map.of(CLIENT, 1L));
    collected.record(present(RecordImage.update(), stalled, stalled | waits));
    assertThat(collected.sums("tcpotel.connection.stalled")).isEqualTo(Map.of(CLIENT, 2L));
    collected.record(present(RecordImage.update(), 0, stalled));
    assertThat(collected.sums("tcpotel.connection.stalled")).isEqualTo(Map.of(CLIENT, 1L));
    collected.record(present(RecordImage.close(), waits, stalled));
    assertThat(collected.sums("tcpotel.connection.stalled")).as("shown as 0 once").isEmpty();
    assertThat(collected.collect())
        .as("then left out")
        .noneMatch(metric -> metric.getName().startsWith("tcpotel.connection.stalled"))
        .noneMatch(metric -> metric.getName().startsWith("tcpotel.connection.not_accepted"));
  }

  @Test
  void delaysThatNeverWereAreNotShown() {
    RecordImage healthy = RecordImage.close().set(data -> tcp_probe_info.lost(data, 3));
    healthy.data().asSlice(ProbeAbi.TCP_PROBE_SHORT_BYTES()).fill((byte) 0);
    collected.record(healthy);
    assertThat(collected.collect())
        .extracting(MetricData::getName)
        .doesNotContain(
            "tcpotel.lost",
            "tcpotel.connection.limited",
            "tcpotel.stall.time",
            "tcpotel.timeouts",
            "tcpotel.spurious_retransmits",
            "tcpotel.out_of_order_segments");
  }

  @Test
  void anOpenThatFoundNoRoomIsCountedWithItsClose() {
    collected.record(RecordImage.close().openReported(false));
    assertThat(collected.sums("tcpotel.connection.attempts")).isEqualTo(Map.of(CLIENT, 1L));
    assertThat(collected.sums("tcpotel.connection.active")).isEmpty();
    assertThat(collected.histogram("tcpotel.connection.duration").get(CLIENT).getCount())
        .isEqualTo(1);
  }

  @Test
  void aFailedConnectIsAnAttemptWithItsErrorAndNothingElse() {
    collected.record(RecordImage.failure());
    collected.record(RecordImage.failure().skErr(110));
    collected.record(RecordImage.failure().skErr(110));
    assertThat(collected.sums("tcpotel.connection.attempts"))
        .isEqualTo(Map.of(failed("connection_refused"), 1L, failed("timed_out"), 2L));
    assertThat(collected.sums("tcpotel.connection.active")).isEmpty();
    assertThat(collected.collect())
        .extracting(MetricData::getName)
        .doesNotContain("tcpotel.connection.duration", "tcpotel.rtt");
    assertThat(collected.sums("tcpotel.segments")).isEqualTo(Map.of(TRANSMIT, 3L, RECEIVE, 3L));
  }

  @Test
  void aBadEndStandsInTheDurationAndNotInTheAttempts() {
    collected.record(RecordImage.close().openReported(false).skErr(104).previousState(1));
    assertThat(collected.sums("tcpotel.connection.attempts")).isEqualTo(Map.of(CLIENT, 1L));
    assertThat(collected.histogram("tcpotel.connection.duration"))
        .containsOnlyKeys(failed("connection_reset"));
    assertThat(collected.histogram("tcpotel.rtt")).containsOnlyKeys(CLIENT);
  }

  @Test
  void addsOnlyWhatEarlierRecordsHaveNotReported() {
    collected.record(RecordImage.close());
    assertThat(collected.sums("tcpotel.io")).isEqualTo(Map.of(TRANSMIT, 5300L, RECEIVE, 88_000L));
    assertThat(collected.sums("tcpotel.segments")).isEqualTo(Map.of(TRANSMIT, 60L, RECEIVE, 63L));
    assertThat(collected.sums("tcpotel.retransmits")).isEqualTo(Map.of(CLIENT, 3L));
    assertThat(collected.sums("tcpotel.lost")).isEqualTo(Map.of(CLIENT, 1L));
  }

  @Test
  void showsNoTotalsBeforeTheFirstReportOfThem() {
    collected.record(RecordImage.open());
    assertThat(collected.collect())
        .extracting(MetricData::getName)
        .containsExactlyInAnyOrder("tcpotel.connection.attempts", "tcpotel.connection.active");
  }

  @Test
  void observesHowManySeriesThereAreAndCanBe() {
    InMemoryMetricReader reader = InMemoryMetricReader.create();
    collected.metrics.observe(
        new SelfMetrics(SdkMeterProvider.builder().registerMetricReader(reader).build()));
    for (int port = 1; port <= 2003; port++) {
      collected.record(RecordImage.open().ports(1, port));
      collected.record(RecordImage.open().ports(1, port));
    }
    assertThat(reader.collectAllMetrics())
        .extracting(
            metric -> metric.getName() + " " + metric.getType(),
            metric -> metric.getLongSumData().isMonotonic(),
            metric -> metric.getLongSumData().getPoints().iterator().next().getValue())
        .containsExactlyInAnyOrder(
            tuple("tcpotel.metric.stream.usage LONG_SUM", false, 2001L),
            tuple("tcpotel.metric.stream.limit LONG_SUM", false, 2000L),
            tuple("tcpotel.listener.dropped LONG_SUM", true, 0L),
            tuple("tcpotel.metric.stream.folded LONG_SUM", true, 6L));
  }

  @Test
  void addsSegmentsAcrossTheWrapOfTheirCounter() {
    collected.record(
        RecordImage.close().segments(5, 3).reportedSegments(-10, -1).retransmits(1, -2));
    assertThat(collected.sums("tcpotel.segments")).isEqualTo(Map.of(TRANSMIT, 15L, RECEIVE, 4L));
    assertThat(collected.sums("tcpotel.retransmits")).isEqualTo(Map.of(CLIENT, 3L));
  }

  @Test
  void namesTheServersPortIfTheRoleIsKnown() {
    collected.record(RecordImage.open().ports(1, 32768));
    collected.record(RecordImage.open().ports(1, 65535));
    collected.record(RecordImage.open().inbound().ports(50051, 40000));
    collected.record(RecordImage.open().direction(0));
    assertThat(collected.sums("tcpotel.connection.attempts"))
        .isEqualTo(
            Map.of(
                "{server.port=32768, tcpotel.connection.role=client}", 1L,
                "{server.port=65535, tcpotel.connection.role=client}", 1L,
                "{server.port=50051, tcpotel.connection.role=server}", 1L,
                "{tcpotel.connection.role=unknown}", 1L));
  }

  @Test
  void aBoundaryBelongsToTheBucketBelowIt() {
    collected.record(RecordImage.close().durationNs(1_000_000));
    collected.record(RecordImage.close().durationNs(1_000_001));
    List<Long> counts = collected.histogram("tcpotel.connection.duration").get(CLIENT).getCounts();
    assertThat(counts.subList(0, 4)).containsExactly(0L, 1L, 1L, 0L);
  }

  @Test
  void foldsThePortsBeyondItsLimitAndKeepsTheSumsExact() {
    for (int port = 1; port <= 3000; port++) {
      for (int connection = 0; connection < 2; connection++) {
        collected.record(RecordImage.open().ports(1, port));
        collected.record(RecordImage.close().ports(1, port));
      }
    }
    Map<String, Long> attempts = collected.sums("tcpotel.connection.attempts");
    assertThat(attempts).hasSize(2001);
    assertThat(attempts)
        .containsEntry("{otel.metric.overflow=true, tcpotel.connection.role=client}", 2000L);
    assertThat(total("tcpotel.connection.attempts")).isEqualTo(6000);
    assertThat(total("tcpotel.io")).isEqualTo(6000 * (5300L + 88_000L));
    assertThat(total("tcpotel.connection.active")).isZero();
  }

  private long total(String name) {
    return collected.metric(name).getLongSumData().getPoints().stream()
        .mapToLong(LongPointData::getValue)
        .sum();
  }
}
