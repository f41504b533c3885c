// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.workload.Workload;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** As a collector receives them, over gRPC. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class ExemplarDeliveryTest {
  private static Stream<Exemplar> exemplars(Metric metric) {
    return Stream.concat(
        metric.getHistogram().getDataPointsList().stream()
            .map(HistogramDataPoint::getExemplarsList)
            .flatMap(List::stream),
        metric.getExponentialHistogram().getDataPointsList().stream()
            .map(ExponentialHistogramDataPoint::getExemplarsList)
            .flatMap(List::stream));
  }

  private static String text(Exemplar exemplar) {
    HexFormat hex = HexFormat.of();
    return "%s at %d, %s %s, %s"
        .formatted(
            exemplar.getAsDouble(),
            exemplar.getTimeUnixNano(),
            hex.formatHex(exemplar.getTraceId().toByteArray()),
            hex.formatHex(exemplar.getSpanId().toByteArray()),
            exemplar.getFilteredAttributesList().stream()
                .map(each -> each.getKey() + "=" + each.getValue().getStringValue())
                .toList());
  }

  @ParameterizedTest
  @CsvSource({
    "explicit_bucket_histogram, trace_based, 2",
    "explicit_bucket_histogram, ALWAYS_ON, 2",
    "base2_exponential_bucket_histogram, trace_based, 2",
    "explicit_bucket_histogram, always_off, 0"
  })
  void aCollectorReceivesThem(String aggregation, String filter, int expected) throws Exception {
    Map<String, String> otel =
        Map.of(
            "otel.metric.export.interval",
            "3600000",
            "otel.exporter.otlp.metrics.default.histogram.aggregation",
            aggregation,
            "otel.metrics.exemplar.filter",
            filter);
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(collector, 8 << 20, otel)) {
      ConnectionMetrics metrics = to.export.connectionMetrics(MetricKeys.DEFAULT, false);
      metrics.setOffsetNs(5_000);
      RecordImage image = RecordImage.close().generation(0).socketCookie(42);
      metrics.record(image.view(), ErrorType.of(image.view()), Workload.AGENT, null);
      assertThat(to.export.metrics().exportLast(Await.LIMIT.toMillis())).isTrue();
      List<String> received =
          collector.acceptedMetrics().stream()
              .flatMap(ExemplarDeliveryTest::exemplars)
              .map(ExemplarDeliveryTest::text)
              .toList();
      assertThat(received).hasSize(expected);
      if (expected != 0) {
        String rest =
            " at 77000005123, 53d3fe5ba38d1442030fc536afbfaf3b 260f6494a15c44a9,"
                + " [tcpotel.connection.id=000000000000002a]";
        assertThat(received).containsExactlyInAnyOrder("1.2044" + rest, "8.125E-4" + rest);
      }
    }
  }
}
