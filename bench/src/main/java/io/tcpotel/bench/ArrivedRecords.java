// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.logs.data.LogRecordData;
import io.opentelemetry.sdk.logs.export.LogRecordExporter;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;

/** Counts what an exporter has sent with success. */
final class ArrivedRecords implements LogRecordExporter {
  private final LogRecordExporter exporter;
  private final AtomicLong records = new AtomicLong();

  ArrivedRecords(LogRecordExporter exporter) {
    this.exporter = exporter;
  }

  long count() {
    return records.get();
  }

  @Override
  public CompletableResultCode export(Collection<LogRecordData> batch) {
    int size = batch.size();
    CompletableResultCode result = exporter.export(batch);
    result.whenComplete(() -> records.addAndGet(result.isSuccess() ? size : 0));
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
