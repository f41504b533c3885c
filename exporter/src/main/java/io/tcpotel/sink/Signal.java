// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import io.grpc.MethodDescriptor;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;

/** The signal of a request; OTLP has one service with one method for each. */
public enum Signal {
  LOGS,
  METRICS,
  TRACES;

  MethodDescriptor<?, ?> exportMethod() {
    return switch (this) {
      case LOGS -> LogsServiceGrpc.getExportMethod();
      case METRICS -> MetricsServiceGrpc.getExportMethod();
      case TRACES -> TraceServiceGrpc.getExportMethod();
    };
  }
}
