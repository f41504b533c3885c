// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.testing.FoldImage;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.Workload;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** Random ends, as records and as the kernel would have folded them: the metrics are the same. */
class FoldModelTest {
  @Property(tries = 100)
  void everyPointOfFoldsIsThatOfTheirRecords(@ForAll("ends") List<RecordImage> ends) {
    CollectedMetrics records = new CollectedMetrics(false);
    CollectedMetrics folds = new CollectedMetrics(false);
    Map<ByteBuffer, FoldImage> byKey = new HashMap<>();
    for (RecordImage image : ends) {
      ConnectionRecord end = image.view();
      records.record(image);
      FoldImage fold = FoldImage.keyOf(end);
      byKey.computeIfAbsent(fold.key(), unknown -> fold).add(end);
    }
    byKey.values().forEach(fold -> folds.metrics.recordFolded(fold.view(), Workload.AGENT));
    assertThat(points(folds)).isEqualTo(points(records));
  }

  private static Map<String, String> points(CollectedMetrics collected) {
    Map<String, String> points = new TreeMap<>();
    for (MetricData metric : collected.collect()) {
      for (PointData point : metric.getData().getPoints()) {
        points.put(metric.getName() + point.getAttributes(), numbers(metric.getType(), point));
      }
    }
    return points;
  }

  private static String numbers(MetricDataType type, PointData point) {
    return switch (type) {
      case HISTOGRAM -> {
        HistogramPointData histogram = (HistogramPointData) point;
        yield histogram.getCounts() + " " + histogram.getSum();
      }
      case LONG_SUM -> Long.toString(((LongPointData) point).getValue());
      default -> point.toString().replaceAll("EpochNanos=[0-9]+", "");
    };
  }

  @Provide
  Arbitrary<List<RecordImage>> ends() {
    return Arbitraries.randomValue(FoldModelTest::end).list().ofMinSize(1).ofMaxSize(150);
  }

  /** With a role, and on few ports; only a client's connect can fail. */
  private static RecordImage end(RandomGenerator random) {
    RecordImage image = AnyRecord.end(random);
    image.durationNs(image.view().durationNs() >> 8);
    image.ports(50_051 + random.nextInt(3), 443 + random.nextInt(3));
    boolean failed = image.view().kind() == RecordKind.FAILED;
    return image.direction(failed ? 2 : 1 + random.nextInt(2));
  }
}
