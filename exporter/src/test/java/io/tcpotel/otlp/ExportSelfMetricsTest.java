// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.testing.exporter.InMemoryMetricReader;
import io.tcpotel.Messages;
import io.tcpotel.otlp.spool.SpoolRecords;
import io.tcpotel.telemetry.SelfMetrics;
import io.tcpotel.telemetry.Signal;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each self metric of the export by value and attributes, from counts that all differ. */
class ExportSelfMetricsTest {
  private static final String LOGS =
      "otlp_grpc_log_exporter/0 otlp_grpc_log_exporter collector.test 4317";
  private static final String METRICS =
      "otlp_grpc_metric_exporter/0 otlp_grpc_metric_exporter metrics.test 99";

  private final InMemoryMetricReader reader = InMemoryMetricReader.create();
  private final ExportSelfMetrics own =
      new ExportSelfMetrics(
          new SelfMetrics(SdkMeterProvider.builder().registerMetricReader(reader).build()));
  private final Messages messages = new Messages(new PrintStream(new ByteArrayOutputStream()));
  private final CollectorSenders senders = new CollectorSenders(messages);

  @BeforeEach
  void makeSenders() {
    Map<String, String> otel =
        Map.of(
            "otel.exporter.otlp.endpoint", "http://collector.test",
            "otel.exporter.otlp.metrics.endpoint", "http://metrics.test:99");
    OtelSettings settings =
        OtelSettings.read(otel, Map.of(), "", EnumSet.allOf(Signal.class), senders);
    senders.setSettings(settings);
    OtlpExporters.logs(settings.properties());
    OtlpExporters.metrics(settings.properties());
  }

  @AfterEach
  void close() {
    senders.close();
  }

  private RecordDelivery delivery() {
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(1 << 20, 64 << 10, Duration.ofHours(1));
    return new ScriptedTransport().delivery(bounds, messages, () -> {});
  }

  private static void setItems(ItemCounts counts, int begin) {
    counts.sent(begin + 1000);
    counts.accepted(begin + 400, begin + 200);
    counts.failed(Status.Code.INTERNAL, begin + 10);
    counts.failed(Status.Code.ABORTED, begin + 20);
  }

  private static void setLogs(DeliveryCounts counts) {
    counts.ended.add(11);
    counts.waiting.add(12);
    counts.handed.add(13);
    counts.queueFull.add(14);
    counts.shutdown.add(15);
    SpoolRecords.set(counts.spool(), 16, 17, 18, 19);
    setItems(counts, 3);
  }

  /** Value, or count and sum, by the values of the attributes, which come sorted by their keys. */
  private Map<String, Object> values(String name) {
    MetricData metric =
        reader.collectAllMetrics().stream()
            .filter(it -> it.getName().equals(name))
            .findFirst()
            .orElseThrow(() -> new AssertionError(name));
    Map<String, Object> values = new TreeMap<>();
    for (PointData point : metric.getData().getPoints()) {
      List<String> text = new ArrayList<>();
      point.getAttributes().forEach((key, value) -> text.add(value.toString()));
      Object value =
          point instanceof LongPointData sum
              ? sum.getValue()
              : ((HistogramPointData) point).getCount()
                  + " "
                  + ((HistogramPointData) point).getSum();
      values.put(String.join(" ", text), value);
    }
    return values;
  }

  @Test
  void everyCountOfLogRecordsStandsInItsPlace() {
    RecordDelivery logs = delivery();
    setLogs(logs.counts());
    own.addLogs(logs, senders.sender(Signal.LOGS));
    String processor = "batching_log_processor/0 batching_log_processor";
    assertThat(values("otel.sdk.log.created")).isEqualTo(Map.of("", 11L));
    assertThat(values("otel.sdk.processor.log.queue.size")).isEqualTo(Map.of(processor, 12L));
    assertThat(values("otel.sdk.processor.log.queue.capacity"))
        .isEqualTo(Map.of(processor, logs.capacity()));
    assertThat(values("otel.sdk.processor.log.processed"))
        .isEqualTo(
            Map.of(
                processor,
                13L,
                "queue_full " + processor,
                14L,
                "already_shutdown " + processor,
                15L,
                "spool_full " + processor,
                16L,
                "spool_failed " + processor,
                17L));
    assertThat(values("otel.sdk.exporter.log.inflight"))
        .isEqualTo(Map.of(LOGS, 1003L - 403 - 13 - 23));
    assertThat(values("otel.sdk.exporter.log.exported"))
        .isEqualTo(
            Map.of(
                LOGS,
                200L,
                "rejected " + LOGS,
                203L,
                "INTERNAL " + LOGS,
                13L,
                "ABORTED " + LOGS,
                23L));
    assertThat(values("tcpotel.export.spool.corrupt")).isEqualTo(Map.of("", 18L));
    assertThat(values("tcpotel.export.spool.usage")).isEqualTo(Map.of("", 19L));
    assertThat(values("tcpotel.export.spool.limit")).as("no spool").isEqualTo(Map.of("", 0L));
  }

  @Test
  void everyCountOfDataPointsStandsInItsPlace() {
    ScriptedMetrics exporter = new ScriptedMetrics();
    MetricRequests requests = new MetricRequests(exporter, exporter.requests, 9000, messages);
    MetricCollection metrics = new MetricCollection(requests, null, null, messages);
    setItems(metrics.points(), 5);
    own.addMetrics(metrics, senders.sender(Signal.METRICS));
    assertThat(values("otel.sdk.exporter.metric_data_point.inflight"))
        .isEqualTo(Map.of(METRICS, 1005L - 405 - 15 - 25));
    assertThat(values("otel.sdk.exporter.metric_data_point.exported"))
        .isEqualTo(
            Map.of(
                METRICS,
                200L,
                "rejected " + METRICS,
                205L,
                "INTERNAL " + METRICS,
                15L,
                "ABORTED " + METRICS,
                25L));
    metrics.exportLast(1);
    Map<String, Object> collections = values("otel.sdk.metric_reader.collection.duration");
    assertThat(collections).containsOnlyKeys("periodic_metric_reader/0 periodic_metric_reader");
    String[] countAndSum = collections.values().iterator().next().toString().split(" ");
    assertThat(countAndSum[0]).isEqualTo("1");
    assertThat(Double.parseDouble(countAndSum[1])).as("seconds").isBetween(1e-9, 10.0);
  }

  @Test
  void requestsAreTimedInSecondsByTheirCodeAndRetriesCountedByTheirs() {
    CollectorSender logs = senders.sender(Signal.LOGS);
    CollectorSender metrics = senders.sender(Signal.METRICS);
    own.addLogs(delivery(), logs);
    own.addRetries(List.of(logs, metrics));
    logs.counts().ended(Status.Code.OK, 1_500_000_000L);
    logs.counts().ended(Status.Code.OK, 250_000_000L);
    logs.counts().ended(Status.Code.ABORTED, 2_000_000_000L);
    assertThat(values("otel.sdk.exporter.operation.duration"))
        .isEqualTo(
            Map.of(
                LOGS.replace("log_exporter collector", "log_exporter OK collector"),
                "2 1.75",
                "ABORTED "
                    + LOGS.replace("log_exporter collector", "log_exporter ABORTED collector"),
                "1 2.0"));
    logs.counts().retried(Status.Code.UNAVAILABLE);
    logs.counts().retried(Status.Code.UNAVAILABLE);
    metrics.counts().retried(Status.Code.UNAVAILABLE);
    metrics.counts().retried(Status.Code.ABORTED);
    assertThat(values("tcpotel.export.retries"))
        .isEqualTo(
            Map.of(
                "UNAVAILABLE otlp_grpc_log_exporter", 2L,
                "UNAVAILABLE otlp_grpc_metric_exporter", 1L,
                "ABORTED otlp_grpc_metric_exporter", 1L));
  }
}
