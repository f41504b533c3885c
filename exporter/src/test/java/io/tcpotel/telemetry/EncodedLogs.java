// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import com.google.protobuf.TextFormat;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;

/** Records through encoder and envelope, to the bytes of a request. */
public final class EncodedLogs {
  /** Wall clock minus kernel clock in these tests. */
  static final long CLOCK_OFFSET_NS = RecordingBytes.CLOCK_OFFSET_NS;

  static final long OBSERVED_NS = 1_787_184_122_006_101_000L;

  /** With all attributes that there are. */
  static final LogContent ALL =
      LogContent.DEFAULT.withAttributes(EnumSet.allOf(LogAttribute.class));

  private EncodedLogs() {}

  static long timeNs(RecordImage image) {
    return RecordingBytes.timeNs(image);
  }

  public static byte[] request(Resource resource, List<RecordImage> images) {
    return request(resource, LogContent.DEFAULT, images);
  }

  static byte[] request(Resource resource, LogContent content, List<RecordImage> images) {
    RecordEnvelope envelope = new RecordEnvelope(resource);
    RecordBatch batch =
        envelope.newBatch(
            envelope.smallestBatchBytes() + images.size() * LogEncoder.MAX_RECORD_BYTES);
    LogEncoder encoder = new LogEncoder(WorkloadTable.ofAgent(), content);
    return request(encoder, null, envelope, batch, images);
  }

  /** Fills, seals and copies {@code batch}. */
  static byte[] request(RecordEnvelope envelope, RecordBatch batch, List<RecordImage> images) {
    return request(new LogEncoder(WorkloadTable.ofAgent()), null, envelope, batch, images);
  }

  /** Likewise, of connections whose other end belongs to {@code peer}. */
  static byte[] request(
      LogEncoder encoder,
      Workload peer,
      RecordEnvelope envelope,
      RecordBatch batch,
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

  static LogRecord record(RecordImage image, LogContent content) {
    ExportLogsServiceRequest request = parse(request(Resource.empty(), content, List.of(image)));
    return request.getResourceLogs(0).getScopeLogs(0).getLogRecords(0);
  }

  /** "key=value" with protobuf's name of the type, in order. */
  static List<String> attributes(LogRecord record) {
    List<String> texts = new ArrayList<>();
    for (KeyValue attribute : record.getAttributesList()) {
      String value =
          TextFormat.printer().emittingSingleLine(true).printToString(attribute.getValue());
      texts.add(attribute.getKey() + " " + value);
    }
    return texts;
  }
}
