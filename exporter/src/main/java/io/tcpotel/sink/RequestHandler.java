// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.protobuf.InvalidProtocolBufferException;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.tcpotel.telemetry.Signal;

/**
 * Handles parsed requests. Called on one thread per request, so it may block. The answer is OK when
 * the method returns, or the status of the {@link io.grpc.StatusRuntimeException} that it throws.
 */
public interface RequestHandler {
  void onLogs(ExportLogsServiceRequest request);

  void onMetrics(ExportMetricsServiceRequest request);

  void onTraces(ExportTraceServiceRequest request);

  /** Parses {@code body}, an encoded request, and handles it. */
  default void onBody(Signal signal, byte[] body) throws InvalidProtocolBufferException {
    switch (signal) {
      case LOGS -> onLogs(ExportLogsServiceRequest.parseFrom(body));
      case METRICS -> onMetrics(ExportMetricsServiceRequest.parseFrom(body));
      case TRACES -> onTraces(ExportTraceServiceRequest.parseFrom(body));
      default -> throw new AssertionError(signal);
    }
  }
}
