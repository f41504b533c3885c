// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Records through the encoder of spans, to the bytes of a request. */
final class EncodedSpans {
  private EncodedSpans() {}

  static byte[] request(
      Resource resource, LogContent content, PeerNames names, List<RecordImage> images) {
    RecordEnvelope envelope = new RecordEnvelope(resource);
    RecordBatch batch =
        envelope.newBatch(
            envelope.smallestBatchBytes() + images.size() * SpanEncoder.MAX_RECORD_BYTES);
    SpanEncoder encoder = new SpanEncoder(WorkloadTable.ofAgent(), content);
    encoder.setPeerNames(names);
    for (RecordImage image : images) {
      ErrorType error = ErrorType.of(image.view());
      batch.begin(envelope.head(Workload.AGENT));
      encoder.append(batch, image.view(), error, null, EncodedLogs.timeNs(image), 1);
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

  static ExportTraceServiceRequest parse(byte[] request) {
    try {
      return ExportTraceServiceRequest.parseFrom(request);
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("the encoded request cannot be parsed", e);
    }
  }

  static Span span(RecordImage image, LogContent content, PeerNames names) {
    return parse(request(Resource.empty(), content, names, List.of(image)))
        .getResourceSpans(0)
        .getScopeSpans(0)
        .getSpans(0);
  }
}
