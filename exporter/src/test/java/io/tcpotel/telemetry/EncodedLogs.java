// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Records through encoder and envelope, to the bytes of a request. */
public final class EncodedLogs {
  /** Wall clock minus kernel clock in these tests. */
  static final long CLOCK_OFFSET_NS = RecordingBytes.CLOCK_OFFSET_NS;

  static final long OBSERVED_NS = 1_787_184_122_006_101_000L;

  private EncodedLogs() {}

  static long timeNs(RecordImage image) {
    return RecordingBytes.timeNs(image);
  }

  public static byte[] request(Resource resource, List<RecordImage> images) {
    LogEnvelope envelope = new LogEnvelope(resource);
    LogBatch batch =
        envelope.newBatch(
            envelope.smallestBatchBytes() + images.size() * LogEncoder.MAX_RECORD_BYTES);
    return request(envelope, batch, images);
  }

  /** Fills, seals and copies {@code batch}. */
  static byte[] request(LogEnvelope envelope, LogBatch batch, List<RecordImage> images) {
    return request(new LogEncoder(WorkloadTable.ofAgent()), null, envelope, batch, images);
  }

  /** Likewise, of connections whose other end belongs to {@code peer}. */
  static byte[] request(
      LogEncoder encoder,
      Workload peer,
      LogEnvelope envelope,
      LogBatch batch,
      List<RecordImage> images) {
    for (RecordImage image : images) {
      ErrorType error = ErrorType.of(image.view());
      batch.begin(envelope.head(Workload.AGENT));
      encoder.append(batch, image.view(), error, peer, timeNs(image), OBSERVED_NS);
    }
    batch.seal();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try {
      batch.writeMessage(bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  public static ExportLogsServiceRequest parse(byte[] request) {
    try {
      return ExportLogsServiceRequest.parseFrom(request);
    } catch (com.google.protobuf.InvalidProtocolBufferException e) {
      throw new AssertionError("the encoded request cannot be parsed", e);
    }
  }
}
