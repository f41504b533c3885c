// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static io.tcpotel.record.TestClock.SECOND_NS;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.ProgramRuns;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.TestClock;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.telemetry.SelfInstrument;
import io.tcpotel.telemetry.SelfMetrics;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.WorkloadTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Each self metric by value and type, from counts that all differ. */
class CaptureSelfMetricsTest {
  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final SdkMeterProvider provider =
      SdkMeterProvider.builder().registerMetricReader(reader).build();
  private final CaptureSelfMetrics own =
      new CaptureSelfMetrics(this::readCounters, () -> true, () -> 4000, 8192);

  private int readings;

  private final TestClock now = new TestClock();
  private final ExportPipeline pipeline =
      new ExportPipeline(
          WorkloadTable.ofAgent(),
          new CollectedMetrics(false).metrics,
          null,
          Set.of(),
          AddressUse.FULL,
          now.clock(),
          () -> 0,
          4096,
          () -> {});

  private KernelCounters.Snapshot readCounters() {
    readings++;
    return AccountTest.counters();
  }

  private MetricData metric(SelfInstrument instrument) {
    return reader.collectAllMetrics().stream()
        .filter(it -> it.getName().equals(instrument.key()))
        .findFirst()
        .orElseThrow();
  }

  private Map<String, Long> values(SelfInstrument instrument) {
    MetricData metric = metric(instrument);
    Map<String, Long> values = new TreeMap<>();
    for (LongPointData point : metric.getLongSumData().getPoints()) {
      values.put(text(point.getAttributes()), point.getValue());
    }
    return values;
  }

  private static String text(Attributes attributes) {
    StringBuilder text = new StringBuilder();
    attributes.forEach((key, value) -> text.append(text.isEmpty() ? "" : " ").append(value));
    return text.toString();
  }

  @Test
  void everyCountStandsInItsPlace() {
    own.observe(new SelfMetrics(provider), pipeline);
    Map<String, Long> seen = new TreeMap<>();
    Map<String, Long> dropped = new TreeMap<>();
    for (RecordKind kind : RecordKind.values()) {
      long kindCount = 100L * kind.number();
      for (ReportOutcome outcome : ReportOutcome.values()) {
        String name = outcome.value() + " " + kind.value(); // attributes come sorted by key
        seen.put(name, kindCount + outcome.ordinal());
      }
      dropped.put(kind.value(), kindCount + 1 + kindCount + 2); // deferred, folded
    }
    assertThat(values(SelfInstrument.CONNECTION_SEEN)).isEqualTo(seen);
    assertThat(values(SelfInstrument.RINGBUF_DROPPED)).isEqualTo(dropped);
    assertThat(values(SelfInstrument.CONNECTION_UNKNOWN)).isEqualTo(Map.of("", 7L));
    assertThat(values(SelfInstrument.CONNECTION_BACKWARDS)).isEqualTo(Map.of("", 6L));
    assertThat(values(SelfInstrument.CGROUP_UNNAMED)).isEqualTo(Map.of("", 5L));
    assertThat(values(SelfInstrument.CONNECTION_ADOPTED)).isEqualTo(Map.of("", 1001L));
    assertThat(values(SelfInstrument.CONNECTION_ADOPTED_CLOSED)).isEqualTo(Map.of("", 8L));
    assertThat(values(SelfInstrument.ATTACH_ACTIVE)).isEqualTo(Map.of("observe_connections", 1L));
    assertThat(values(SelfInstrument.RINGBUF_USAGE)).isEqualTo(Map.of("", 4000L));
    assertThat(values(SelfInstrument.RINGBUF_LIMIT)).isEqualTo(Map.of("", 8192L));
  }

  private void read(RecordImage image, int times, int cutBytes) {
    for (int i = 0; i < times; i++) {
      pipeline.onRecord(image.data(), 0, (int) image.data().byteSize() - cutBytes);
    }
  }

  @Test
  void recordsThatWereReadStandByKindAndByWhatIsWrongWithThem() {
    own.observe(new SelfMetrics(provider), pipeline);
    pipeline.beforeDrain();
    read(RecordImage.open(), 3, 0);
    read(RecordImage.close(), 5, 0);
    read(RecordImage.update(), 2, 0);
    read(RecordImage.close(), 4, 8);
    read(RecordImage.unobserved(), 7, 0);
    read(RecordImage.close().version(9), 6, 0);
    read(RecordImage.close().reportedBytes(1L << 40, 0), 1, 0);
    own.afterDrain();
    assertThat(values(SelfInstrument.RINGBUF_RECORDS))
        .isEqualTo(
            Map.of(
                "open",
                3L,
                "close",
                5L,
                "failed",
                0L,
                "update",
                2L,
                "adopted",
                0L,
                "unobserved",
                7L,
                "listener",
                0L));
    assertThat(values(SelfInstrument.RECORD_PROCESSED))
        .isEqualTo(Map.of("", 17L, "truncated", 4L, "unknown_type", 6L, "backwards", 1L));
  }

  @Test
  void timesAreInSeconds() {
    own.observe(new SelfMetrics(provider), pipeline);
    now.pass(10 * SECOND_NS);
    now.setWallForward(2_500_000_000L);
    for (long delayNs : new long[] {7_250_000_000L, 0}) {
      pipeline.beforeDrain();
      read(RecordImage.close().closeNs(now.monotonicNs() - delayNs), 2, 0);
      own.afterDrain();
    }
    pipeline.beforeDrain();
    own.afterDrain(); // without a record, and so without a delay
    HistogramPointData delay =
        metric(SelfInstrument.RECORD_DELAY).getHistogramData().getPoints().iterator().next();
    assertThat(delay.getCount()).isEqualTo(2);
    assertThat(delay.getSum()).isEqualTo(7.25);
    assertThat(metric(SelfInstrument.CLOCK_OFFSET_CHANGE).getDoubleSumData().getPoints())
        .extracting(DoublePointData::getValue)
        .containsExactly(2.5);
  }

  @Test
  void programsAndScopeStandBesideTheAgeOfTheLastRecord() {
    long[] nowNs = {1_000};
    ReaderPulse pulse = new ReaderPulse(() -> nowNs[0]);
    boolean[] isThere = {true};
    List<ProgramRuns> runs = new ArrayList<>();
    new ProbeSelfMetrics(() -> runs, () -> isThere[0], pulse).observe(new SelfMetrics(provider));
    assertThat(reader.collectAllMetrics())
        .extracting(MetricData::getName)
        .doesNotContain(SelfInstrument.PROGRAM_RUNS.key(), SelfInstrument.PROGRAM_RUN_TIME.key());
    assertThat(values(SelfInstrument.SCOPE_PRESENT)).isEqualTo(Map.of("", 1L));
    runs.add(new ProgramRuns("observe_connections", 41, 2_500_000_000L));
    runs.add(new ProgramRuns("report_live", 3, 700_000L));
    isThere[0] = false;
    pulse.afterDrain(2);
    nowNs[0] += 4_250_000_000L;
    assertThat(values(SelfInstrument.PROGRAM_RUNS))
        .isEqualTo(Map.of("observe_connections", 41L, "report_live", 3L));
    assertThat(metric(SelfInstrument.PROGRAM_RUN_TIME).getDoubleSumData().getPoints())
        .extracting(point -> text(point.getAttributes()) + " " + point.getValue())
        .containsExactlyInAnyOrder("observe_connections 2.5", "report_live 7.0E-4");
    assertThat(values(SelfInstrument.SCOPE_PRESENT)).isEqualTo(Map.of("", 0L));
    assertThat(metric(SelfInstrument.RECORD_AGE).getDoubleGaugeData().getPoints())
        .extracting(DoublePointData::getValue)
        .containsExactly(4.25);
  }

  @Test
  void oneCollectionReadsTheKernelsCountersOnce() {
    own.observe(new SelfMetrics(provider), pipeline);
    reader.collectAllMetrics();
    assertThat(readings).isEqualTo(1);
  }

  @Test
  void namesEveryKindAndOutcome() {
    assertThat(RecordKind.values()).hasSize(ProbeAbi.TCP_PROBE_KINDS() - 1); // there is no kind 0
    assertThat(ReportOutcome.values()).hasSize(ProbeAbi.TCP_PROBE_OUTCOMES());
  }
}
