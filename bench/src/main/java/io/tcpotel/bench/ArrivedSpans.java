// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;

/** Counts the spans that an exporter has sent with success. */
final class ArrivedSpans implements SpanExporter {
  private final SpanExporter exporter;
  private final AtomicLong spans = new AtomicLong();

  ArrivedSpans(SpanExporter exporter) {
    this.exporter = exporter;
  }

  long count() {
    return spans.get();
  }

  @Override
  public CompletableResultCode export(Collection<SpanData> batch) {
    int size = batch.size();
    CompletableResultCode result = exporter.export(batch);
    result.whenComplete(() -> spans.addAndGet(result.isSuccess() ? size : 0));
    return result;
  }

  @Override
  public CompletableResultCode flush() {
    return exporter.flush();
  }

  @Override
  public CompletableResultCode shutdown() {
    return exporter.shutdown();
  }
}
