// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Release;
import java.util.List;

/**
 * The parts of an {@code ExportLogsServiceRequest} around the records: resource, scope, schema
 * URLs. They are encoded once; what changes from batch to batch are three lengths, so the envelope
 * is written in front of the records when their size is known.
 *
 * <pre>
 * ExportLogsServiceRequest.resource_logs { resource, schema_url, scope_logs { scope, schema_url, log_records... } }
 * </pre>
 */
public final class LogEnvelope {
  private static final byte RESOURCE_LOGS = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);
  private static final byte SCOPE_LOGS = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);
  private static final int MAX_LENGTH_BYTES = 5;

  private final byte[] resourcePart;
  private final byte[] scopePart;

  public LogEnvelope(Resource resource) {
    this.resourcePart =
        ResourceLogs.newBuilder()
            .setResource(encode(resource))
            .setSchemaUrl(resource.getSchemaUrl() == null ? "" : resource.getSchemaUrl())
            .build()
            .toByteArray();
    this.scopePart =
        ScopeLogs.newBuilder()
            .setScope(
                InstrumentationScope.newBuilder()
                    .setName(Scope.CONNECTIONS)
                    .setVersion(Release.VERSION))
            .setSchemaUrl(Scope.SCHEMA_URL)
            .build()
            .toByteArray();
  }

  private int headRoomBytes() {
    return resourcePart.length + scopePart.length + 2 * (1 + MAX_LENGTH_BYTES);
  }

  /** An empty batch of {@code capacityBytes} in all, at least {@link #smallestBatchBytes}. */
  public LogBatch newBatch(int capacityBytes) {
    return new LogBatch(capacityBytes, headRoomBytes());
  }

  /** What a batch must have to hold a record. */
  public int smallestBatchBytes() {
    return headRoomBytes() + LogEncoder.MAX_RECORD_BYTES;
  }

  /**
   * Completes the request with the batch's present part; the batch takes no more records. Allocates
   * nothing. The room in front of a part that is not the first is what lay there before it.
   */
  public void seal(LogBatch batch) {
    int recordBytes = batch.partEnd - batch.partStart;
    int scopeLogsBytes = scopePart.length + recordBytes;
    int resourceLogsBytes =
        resourcePart.length + 1 + WireWriter.varintBytes(scopeLogsBytes) + scopeLogsBytes;
    int headBytes = 1 + WireWriter.varintBytes(resourceLogsBytes) + resourceLogsBytes - recordBytes;
    batch.start = batch.partStart - headBytes;
    WireWriter to = batch.head;
    to.moveTo(batch.bytes, batch.start);
    to.raw(RESOURCE_LOGS);
    to.varint(resourceLogsBytes);
    to.raw(resourcePart);
    to.raw(SCOPE_LOGS);
    to.varint(scopeLogsBytes);
    to.raw(scopePart);
  }

  private static io.opentelemetry.proto.resource.v1.Resource encode(Resource resource) {
    io.opentelemetry.proto.resource.v1.Resource.Builder encoded =
        io.opentelemetry.proto.resource.v1.Resource.newBuilder();
    resource
        .getAttributes()
        .forEach(
            (key, value) ->
                encoded.addAttributes(
                    KeyValue.newBuilder().setKey(key.getKey()).setValue(encode(key, value))));
    return encoded.build();
  }

  private static AnyValue encode(AttributeKey<?> key, Object value) {
    AnyValue.Builder any = AnyValue.newBuilder();
    return switch (key.getType()) {
      case STRING -> any.setStringValue((String) value).build();
      case BOOLEAN -> any.setBoolValue((Boolean) value).build();
      case LONG -> any.setIntValue((Long) value).build();
      case DOUBLE -> any.setDoubleValue((Double) value).build();
      case STRING_ARRAY -> array(AttributeKey.stringKey(""), (List<?>) value);
      case BOOLEAN_ARRAY -> array(AttributeKey.booleanKey(""), (List<?>) value);
      case LONG_ARRAY -> array(AttributeKey.longKey(""), (List<?>) value);
      case DOUBLE_ARRAY -> array(AttributeKey.doubleKey(""), (List<?>) value);
      default -> any.setStringValue(value.toString()).build();
    };
  }

  private static AnyValue array(AttributeKey<?> element, List<?> values) {
    ArrayValue.Builder array = ArrayValue.newBuilder();
    values.forEach(value -> array.addValues(encode(element, value)));
    return AnyValue.newBuilder().setArrayValue(array).build();
  }
}
