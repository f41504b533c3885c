// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import com.google.protobuf.CodedOutputStream;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Release;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;

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
  private static final int ATTRIBUTES =
      io.opentelemetry.proto.resource.v1.Resource.ATTRIBUTES_FIELD_NUMBER;

  private final byte[] resourcePart;
  private final byte[] scopePart;

  public LogEnvelope(Resource resource) {
    this.resourcePart =
        message(
            to -> {
              to.writeByteArray(ResourceLogs.RESOURCE_FIELD_NUMBER, encode(resource));
              if (resource.getSchemaUrl() != null) {
                to.writeString(ResourceLogs.SCHEMA_URL_FIELD_NUMBER, resource.getSchemaUrl());
              }
            });
    byte[] scope =
        message(
            to -> {
              to.writeString(InstrumentationScope.NAME_FIELD_NUMBER, Scope.CONNECTIONS);
              to.writeString(InstrumentationScope.VERSION_FIELD_NUMBER, Release.VERSION);
            });
    this.scopePart =
        message(
            to -> {
              to.writeByteArray(ScopeLogs.SCOPE_FIELD_NUMBER, scope);
              to.writeString(ScopeLogs.SCHEMA_URL_FIELD_NUMBER, Scope.SCHEMA_URL);
            });
  }

  private int headRoomBytes() {
    return resourcePart.length + scopePart.length + 2 * (1 + MAX_LENGTH_BYTES);
  }

  /** An empty batch of {@code capacityBytes} in all, at least {@link #smallestBatchBytes}. */
  public LogBatch newBatch(int capacityBytes) {
    return new LogBatch(capacityBytes, headRoomBytes());
  }

  /** The least size of a batch that holds a record. */
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

  /** What a message consists of. */
  private interface Fields {
    void write(CodedOutputStream to) throws IOException;
  }

  /**
   * An encoded message. Not by the classes that are generated for it: with their descriptors they
   * take 3 MiB, and the agent has no other use for them.
   */
  private static byte[] message(Fields fields) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream to = CodedOutputStream.newInstance(bytes);
    try {
      fields.write(to);
      to.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory has no errors
    }
    return bytes.toByteArray();
  }

  private static byte[] encode(Resource resource) {
    return message(
        to -> {
          for (Map.Entry<AttributeKey<?>, Object> attribute :
              resource.getAttributes().asMap().entrySet()) {
            to.writeByteArray(ATTRIBUTES, encode(attribute.getKey(), attribute.getValue()));
          }
        });
  }

  private static byte[] encode(AttributeKey<?> key, Object value) {
    return message(
        to -> {
          to.writeString(KeyValue.KEY_FIELD_NUMBER, key.getKey());
          to.writeByteArray(KeyValue.VALUE_FIELD_NUMBER, anyValue(value));
        });
  }

  private static byte[] anyValue(Object value) {
    return message(
        to -> {
          switch (value) {
            case Boolean bool -> to.writeBool(AnyValue.BOOL_VALUE_FIELD_NUMBER, bool);
            case Long number -> to.writeInt64(AnyValue.INT_VALUE_FIELD_NUMBER, number);
            case Double number -> to.writeDouble(AnyValue.DOUBLE_VALUE_FIELD_NUMBER, number);
            case List<?> values ->
                to.writeByteArray(AnyValue.ARRAY_VALUE_FIELD_NUMBER, array(values));
            default -> to.writeString(AnyValue.STRING_VALUE_FIELD_NUMBER, value.toString());
          }
        });
  }

  private static byte[] array(List<?> values) {
    return message(
        to -> {
          for (Object value : values) {
            to.writeByteArray(ArrayValue.VALUES_FIELD_NUMBER, anyValue(value));
          }
        });
  }
}
