// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.protobuf.MessageOrBuilder;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.tcpotel.ForeignText;

/**
 * Writes each request as one line of OTLP/JSON, as the Collector's file exporter does: {@code
 * {"resourceLogs":[...]}}, {@code {"resourceMetrics":[...]}} or {@code {"resourceSpans":[...]}}.
 * Like that exporter, it writes no line for an empty request.
 */
public final class JsonLines implements RequestHandler {
  private final LineOutput out;

  public JsonLines(LineOutput out) {
    this.out = out;
  }

  @Override
  public void onLogs(ExportLogsServiceRequest request) {
    if (request.getResourceLogsCount() > 0) {
      write(request);
    }
  }

  @Override
  public void onMetrics(ExportMetricsServiceRequest request) {
    if (request.getResourceMetricsCount() > 0) {
      write(request);
    }
  }

  @Override
  public void onTraces(ExportTraceServiceRequest request) {
    if (request.getResourceSpansCount() > 0) {
      write(request);
    }
  }

  private void write(MessageOrBuilder request) {
    out.write(ForeignText.escaped(OtlpJson.of(request)) + "\n");
  }
}
