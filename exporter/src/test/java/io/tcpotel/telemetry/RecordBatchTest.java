// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** A batch that a server finds too large goes in parts, which together are the batch. */
class RecordBatchTest {
  private static final Resource RESOURCE =
      Resource.create(Attributes.builder().put("host.name", "n".repeat(300)).build());

  private final RecordEnvelope envelope = new RecordEnvelope(RESOURCE);

  @Provide
  Arbitrary<List<RecordImage>> ends() {
    return AnyRecord.arbitraryReports();
  }

  private static ExportLogsServiceRequest sent(RecordBatch batch) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    batch.writeMessage(bytes);
    assertThat(bytes.size()).isEqualTo(batch.getContentLength());
    return EncodedLogs.parse(bytes.toByteArray());
  }

  private static List<LogRecord> records(ExportLogsServiceRequest request) {
    return request.getResourceLogs(0).getScopeLogs(0).getLogRecordsList();
  }

  @Property(tries = 200)
  void itsPartsTogetherAreTheWhole(
      @ForAll("ends") List<RecordImage> ends, @ForAll @IntRange(min = 300, max = 20_000) int limit)
      throws IOException {
    RecordBatch batch = envelope.newBatch(200_000);
    ExportLogsServiceRequest whole = EncodedLogs.parse(EncodedLogs.request(envelope, batch, ends));
    List<LogRecord> accepted = new ArrayList<>();
    List<LogRecord> tooLargeAlone = new ArrayList<>();
    List<LogRecord> inOrder = new ArrayList<>();
    boolean more = true;
    while (more) {
      if (batch.getContentLength() > limit && batch.halvePart()) {
        batch.seal();
        continue;
      }
      ExportLogsServiceRequest part = sent(batch);
      assertThat(part.getResourceLogs(0).getResource())
          .isEqualTo(whole.getResourceLogs(0).getResource());
      assertThat(records(part)).hasSize(batch.partRecords());
      (batch.getContentLength() > limit ? tooLargeAlone : accepted).addAll(records(part));
      inOrder.addAll(records(part));
      more = batch.nextPart();
      if (more) {
        batch.seal();
      }
    }
    assertThat(inOrder).isEqualTo(records(whole));
    assertThat(accepted.size() + tooLargeAlone.size()).isEqualTo(ends.size());
    assertThat(batch.records()).isEqualTo(ends.size());
  }

  @Test
  void aHalfIsExactlyHalfOfRecordsOfOneSize() {
    RecordBatch batch = envelope.newBatch(20_000);
    EncodedLogs.request(envelope, batch, Collections.nCopies(8, RecordImage.close()));
    assertThat(batch.halvePart()).isTrue();
    assertThat(batch.partRecords()).isEqualTo(4);
    assertThat(batch.isSplit()).isTrue();
    assertThat(batch.nextPart()).isTrue();
    assertThat(batch.partRecords()).isEqualTo(4);
    assertThat(batch.halvePart()).isTrue();
    assertThat(batch.partRecords()).isEqualTo(2);
    assertThat(batch.nextPart()).isTrue();
    assertThat(batch.partRecords()).isEqualTo(2);
    assertThat(batch.nextPart()).isFalse();
  }

  @Test
  void oneRecordCannotBeHalved() {
    RecordBatch batch = envelope.newBatch(10_000);
    EncodedLogs.request(envelope, batch, List.of(RecordImage.close()));
    assertThat(batch.halvePart()).isFalse();
    assertThat(batch.nextPart()).isFalse();
    assertThat(batch.isSplit()).isFalse();
  }

  @Test
  void takesNoMoreThanTheLimitOfItsFilling() {
    RecordBatch batch = envelope.newBatch(100_000);
    batch.clear(40_000);
    List<RecordImage> ends = new ArrayList<>();
    LogEncoder encoder = new LogEncoder(WorkloadTable.ofAgent());
    ResourceHead head = envelope.head(Workload.AGENT);
    while (batch.hasRoom(head)) {
      batch.begin(head);
      encoder.append(batch, RecordImage.close().view(), null, null, 1, 2);
      ends.add(RecordImage.close());
    }
    batch.seal();
    assertThat(batch.getContentLength()).isBetween(30_000, 40_000);
    assertThat(ends).hasSizeGreaterThan(2);
  }
}
