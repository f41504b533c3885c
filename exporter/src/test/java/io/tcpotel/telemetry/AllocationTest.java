// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.PairKey;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.testing.AllocatedBytes;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Between the ring and the collector nothing may be allocated per record. */
class AllocationTest {
  private static final int RECORDS = 64;

  private final MemorySegment[] images = new MemorySegment[RECORDS];
  private final ConnectionRecord record = new ConnectionRecord();
  private int next;
  private long sink;

  AllocationTest() {
    Random random = new Random(7);
    for (int i = 0; i < RECORDS; i++) {
      images[i] = AnyRecord.of(random).data();
    }
  }

  private ConnectionRecord nextRecord() {
    next = (next + 1) % RECORDS;
    return record.copyFrom(images[next], 0);
  }

  @Test
  void readingARecordAllocatesNothing() {
    byte[] text = new byte[64];
    AllocatedBytes.requireNone(
        "ConnectionRecord",
        () -> {
          ConnectionRecord read = nextRecord();
          sink += read.check((int) images[next].byteSize()) == RecordCheck.OK ? 1 : 0;
          sink += read.sentBytes() + read.segsOut() + read.srttNs() + read.connectionId();
          sink += read.localText().copyTo(text, 0) + read.peerText().copyTo(text, 0);
          ErrorType error = ErrorType.of(read);
          sink += error == null ? 0 : error.ordinal();
          sink += ConnectionRole.of(read).serverPort(read);
        });
    assertThat(sink).isNotZero();
  }

  @Test
  void encodingALogRecordAllocatesNothing() {
    RecordEnvelope envelope = new RecordEnvelope(Resource.getDefault());
    RecordBatch batch = envelope.newBatch(1 << 16);
    ResourceHead head = envelope.head(Workload.AGENT);
    LogContent withAllIds = EncodedLogs.ALL.withIds(LogIds.of(PairKey.own(new byte[16])));
    LogEncoder encoder = new LogEncoder(WorkloadTable.ofAgent(), withAllIds);
    AllocatedBytes.requireNone(
        "LogEncoder.append",
        () -> {
          ConnectionRecord read = nextRecord();
          if (!batch.hasRoom(head)) {
            batch.seal();
            batch.clear(1 << 16);
          }
          batch.begin(head);
          encoder.append(batch, read, ErrorType.of(read), null, read.closeNs(), 2);
        });
    assertThat(batch.records()).isPositive();
  }

  @Test
  void encodingASpanAllocatesNothing() {
    RecordEnvelope envelope = new RecordEnvelope(Resource.getDefault());
    RecordBatch batch = envelope.newBatch(1 << 16);
    ResourceHead head = envelope.head(Workload.AGENT);
    SpanEncoder encoder = new SpanEncoder(WorkloadTable.ofAgent(), EncodedLogs.ALL);
    AllocatedBytes.requireNone(
        "SpanEncoder.append",
        () -> {
          ConnectionRecord read = nextRecord();
          if (!batch.hasRoom(head)) {
            batch.seal();
            batch.clear(1 << 16);
          }
          batch.begin(head);
          encoder.append(batch, read, ErrorType.of(read), null, read.closeNs(), 2);
        });
    assertThat(batch.records()).isPositive();
  }

  /** Each record is of another workload than the one before: as many runs as records. */
  @Test
  void encodingInterleavedWorkloadsAllocatesNothing() {
    WorkloadTable workloads =
        new WorkloadTable(id -> "/system.slice/unit" + id + ".service", id -> false, 100);
    RecordEnvelope envelope =
        new RecordEnvelope(
            of -> Resource.create(Attributes.builder().put("of", of.identity()).build()));
    RecordBatch batch = envelope.newBatch(1 << 16);
    LogEncoder encoder = new LogEncoder(WorkloadTable.ofAgent());
    AllocatedBytes.requireNone(
        "RecordBatch.begin",
        () -> {
          ConnectionRecord read = nextRecord();
          ResourceHead head = envelope.head(workloads.of(1 + next % 7));
          if (!batch.hasRoom(head)) {
            batch.seal();
            batch.clear(1 << 16);
          }
          batch.begin(head);
          encoder.append(batch, read, ErrorType.of(read), null, read.closeNs(), 2);
        });
    assertThat(batch.records()).isPositive();
  }

  @Test
  void recordingMetricsOfKnownSeriesAllocatesNothing() {
    requireNoneRecorded(new CollectedMetrics(false));
  }

  @Test
  void recordingMetricsOfKnownPairsOfAddressesAllocatesNothing() {
    requireNoneRecorded(new CollectedMetrics(true));
  }

  @Test
  void recordingMetricsOfKnownPrefixesAllocatesNothing() {
    requireNoneRecorded(new CollectedMetrics(MetricKeys.of(new PrefixLengths(24, 48))));
  }

  @Test
  void recordingMetricsOfKnownPeersAllocatesNothing(@TempDir Path folder) throws IOException {
    CollectedMetrics collected = new CollectedMetrics(false);
    collected.metrics.setPeerNames(
        PeerNames.of(Files.writeString(folder.resolve("names"), "0.0.0.0/0 v4\n::/0 v6 all")));
    requireNoneRecorded(collected);
    assertThat(collected.sums("tcpotel.retransmits").toString()).contains("peer.name=v4");
  }

  private void requireNoneRecorded(CollectedMetrics collected) {
    ConnectionMetrics metrics = collected.metrics;
    AllocatedBytes.requireNone(
        "ConnectionMetrics.record",
        () -> {
          ConnectionRecord read = nextRecord();
          metrics.record(read, ErrorType.of(read), Workload.AGENT, null);
        });
    assertThat(collected.sums("tcpotel.connection.attempts")).isNotEmpty();
  }
}
