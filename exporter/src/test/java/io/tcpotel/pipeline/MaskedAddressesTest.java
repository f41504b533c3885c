// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static io.tcpotel.record.TestClock.SECOND_NS;
import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.Messages;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.otlp.RecordDelivery;
import io.tcpotel.otlp.ScriptedTransport;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.TestClock;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Addresses are masked at one place, for all signals. */
@Timeout(Await.TEST_SECONDS)
class MaskedAddressesTest {
  private final ScriptedTransport collector = new ScriptedTransport();
  private final RecordDelivery logs =
      collector.delivery(
          new RecordDelivery.Bounds(1 << 20, 64 << 10, Duration.ofHours(1)),
          new Messages(new PrintStream(new ByteArrayOutputStream())),
          () -> {});
  private final TestClock now = new TestClock();
  private final CollectedMetrics collected = new CollectedMetrics(true);

  private LogRecord logged(AddressUse use) throws InterruptedException {
    ExportPipeline pipeline =
        new ExportPipeline(
            WorkloadTable.ofAgent(),
            collected.metrics,
            logs,
            Set.of(RecordKind.CLOSE),
            use,
            now.clock(),
            () -> 0,
            4096,
            () -> {});
    RecordImage image = RecordImage.close();
    pipeline.beforeDrain();
    pipeline.onRecord(image.data(), 0, (int) image.data().byteSize());
    pipeline.afterDrain();
    now.pass(SECOND_NS);
    while (collector.requests() == 0) {
      pipeline.beforeDrain();
      pipeline.afterDrain();
      TimeUnit.MILLISECONDS.sleep(5);
    }
    return collector.records(0).get(0);
  }

  @Test
  void logsAndMetricsHavePrefixesOnly() throws InterruptedException {
    LogRecord record = logged(AddressUse.MASKED);
    assertThat(record.getBody().getStringValue())
        .startsWith("tcp client 10.1.2.0:41528 -> 10.9.8.0:5432 closed");
    assertThat(record.toString())
        .contains("\"10.1.2.0\"", "\"10.9.8.0\"")
        .doesNotContain("10.9.8.7");
    assertThat(collected.sums("tcpotel.io").toString())
        .contains("network.peer.address=10.9.8.0", "network.local.address=10.1.2.0");
  }

  @Test
  void aBodyWithoutAddressesHasPorts() throws InterruptedException {
    LogRecord record = logged(AddressUse.NONE);
    assertThat(record.getBody().getStringValue()).startsWith("tcp client :41528 -> :5432 closed");
    assertThat(record.toString()).doesNotContain("10.9.8", "10.1.2");
  }
}
