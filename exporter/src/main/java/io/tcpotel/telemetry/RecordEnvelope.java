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
import io.tcpotel.workload.ByWorkload;
import io.tcpotel.workload.Workload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * The parts of an {@code ExportLogsServiceRequest}, or of an {@code ExportTraceServiceRequest},
 * whose fields have the same numbers, around the records of each workload: resource, scope, schema
 * URLs. One thread uses it. Hot: {@link #head}, which allocates once per workload.
 */
public final class RecordEnvelope {
  /**
   * More than the attributes of a workload take besides those that the agent has too: five at most,
   * each with a name of the kernel's table of cgroups.
   */
  static final int MAX_WORKLOAD_BYTES = 2048;

  private static final int ATTRIBUTES =
      io.opentelemetry.proto.resource.v1.Resource.ATTRIBUTES_FIELD_NUMBER;

  private final Function<Workload, Resource> resources;
  private final byte[] scope = scopePart();
  private final ByWorkload<ResourceHead> heads = new ByWorkload<>();

  /**
   * @param resources of each workload
   */
  public RecordEnvelope(Function<Workload, Resource> resources) {
    this.resources = resources;
  }

  /** With one resource for all. */
  public RecordEnvelope(Resource resource) {
    this(workload -> resource);
  }

  /** What stands in front of the records of {@code workload}. */
  public ResourceHead head(Workload workload) {
    ResourceHead known = heads.get(workload);
    return known == null ? add(workload) : known;
  }

  private ResourceHead add(Workload workload) {
    ResourceHead head = new ResourceHead(resourcePart(resources.apply(workload)), scope);
    heads.put(workload, head);
    return head;
  }

  /** The workload has expired. */
  public void forget(Workload workload) {
    heads.remove(workload);
  }

  /** An empty batch of {@code capacityBytes} in all, at least {@link #smallestBatchBytes}. */
  public RecordBatch newBatch(int capacityBytes) {
    return new RecordBatch(capacityBytes);
  }

  /** The least size of a batch that holds a record. */
  public int smallestBatchBytes() {
    return head(Workload.AGENT).mostBytes() + MAX_WORKLOAD_BYTES + RecordBatch.MAX_RECORD_BYTES;
  }

  private static byte[] resourcePart(Resource resource) {
    return message(
        to -> {
          to.writeByteArray(ResourceLogs.RESOURCE_FIELD_NUMBER, encode(resource));
          if (resource.getSchemaUrl() != null) {
            to.writeString(ResourceLogs.SCHEMA_URL_FIELD_NUMBER, resource.getSchemaUrl());
          }
        });
  }

  private static byte[] scopePart() {
    byte[] scope =
        message(
            to -> {
              to.writeString(InstrumentationScope.NAME_FIELD_NUMBER, Scope.CONNECTIONS);
              to.writeString(InstrumentationScope.VERSION_FIELD_NUMBER, Release.VERSION);
            });
    return message(
        to -> {
          to.writeByteArray(ScopeLogs.SCOPE_FIELD_NUMBER, scope);
          to.writeString(ScopeLogs.SCHEMA_URL_FIELD_NUMBER, Scope.SCHEMA_URL);
        });
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
