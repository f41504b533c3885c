// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.InstrumentationScope;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.resource.v1.Resource;
import io.tcpotel.sink.RequestHandler;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Lines of OTLP/JSON as messages, each with all that it belongs to, so that lines of different
 * writers and of different batches can be compared. A field that OTLP does not have is an error.
 */
public final class OtlpLines implements RequestHandler {
  private static final Pattern ID =
      Pattern.compile("(\"(?:traceId|spanId|parentSpanId)\":\")([0-9a-f]+)");

  private final Map<String, List<Sent>> logsByConnection = new TreeMap<>();

  /** One log record, and what stands around it. */
  public record Sent(
      Resource resource,
      String resourceSchema,
      InstrumentationScope scope,
      String scopeSchema,
      LogRecord message) {}

  public OtlpLines(List<String> lines) {
    lines.forEach(line -> hand(line, this));
  }

  /** Hands the request in {@code line} over. */
  public static void hand(String line, RequestHandler to) {
    if (line.startsWith("{\"resourceLogs\"")) {
      to.onLogs(parse(line, ExportLogsServiceRequest.newBuilder()).build());
    } else {
      to.onMetrics(parse(line, ExportMetricsServiceRequest.newBuilder()).build());
    }
  }

  private static <B extends Message.Builder> B parse(String line, B into) {
    try {
      JsonFormat.parser().merge(withIdsInBase64(line), into);
      return into;
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError("not OTLP: " + line, e);
    }
  }

  /** As protobuf's JSON has all bytes; OTLP's has ids in hexadecimal digits. */
  private static String withIdsInBase64(String line) {
    return ID.matcher(line)
        .replaceAll(
            id ->
                id.group(1)
                    + Base64.getEncoder().encodeToString(HexFormat.of().parseHex(id.group(2))));
  }

  @Override
  public void onLogs(ExportLogsServiceRequest request) {
    for (ResourceLogs resource : request.getResourceLogsList()) {
      for (ScopeLogs scope : resource.getScopeLogsList()) {
        for (LogRecord log : scope.getLogRecordsList()) {
          logsByConnection
              .computeIfAbsent(connectionId(log), id -> new ArrayList<>(1))
              .add(
                  new Sent(
                      resource.getResource(),
                      resource.getSchemaUrl(),
                      scope.getScope(),
                      scope.getSchemaUrl(),
                      log));
        }
      }
    }
  }

  @Override
  public void onMetrics(ExportMetricsServiceRequest request) {}

  @Override
  public void onTraces(ExportTraceServiceRequest request) {
    throw new AssertionError(request);
  }

  private static String connectionId(LogRecord log) {
    return log.getAttributesList().stream()
        .filter(attribute -> attribute.getKey().equals("tcpotel.connection.id"))
        .map(KeyValue::getValue)
        .findFirst()
        .orElseThrow(() -> new AssertionError("without a connection: " + log))
        .getStringValue();
  }

  /** Usually one for each. */
  public Map<String, List<Sent>> logsByConnection() {
    return logsByConnection;
  }
}
