// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.trace.v1.Span;
import io.tcpotel.pipeline.Equation;
import io.tcpotel.sink.Ink;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** The spans that the demo's collector has received, as the traces that they make. */
final class ArrivedTraces {
  private final Set<ByteString> traceIds = new HashSet<>();
  private final Set<ByteString> spanIds = new HashSet<>();
  private final List<ByteString> parents = new ArrayList<>();
  private long roots;

  synchronized void take(ExportTraceServiceRequest request) {
    request.getResourceSpansList().stream()
        .flatMap(resource -> resource.getScopeSpansList().stream())
        .flatMap(scope -> scope.getSpansList().stream())
        .forEach(this::take);
  }

  private void take(Span span) {
    traceIds.add(span.getTraceId());
    spanIds.add(span.getSpanId());
    if (span.getParentSpanId().isEmpty()) {
      roots++;
    } else {
      parents.add(span.getParentSpanId());
    }
  }

  /** Servers' spans whose client's has arrived, too. */
  private long children() {
    return parents.stream().filter(spanIds::contains).count();
  }

  synchronized String line(PageStyle style) {
    return "%s: %d, %d with both ends: the server's span is a child of the client's"
        .formatted(style.ink(Ink.BOLD, "Traces"), traceIds.size(), children());
  }

  /**
   * @param exported spans
   */
  synchronized Equation equation(long exported) {
    return Equation.of("traces", "exported", exported)
        .part("roots", roots)
        .part("children", children())
        .rare("clients_elsewhere", parents.size() - children());
  }
}
