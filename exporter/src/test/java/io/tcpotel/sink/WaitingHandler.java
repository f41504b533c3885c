// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import java.util.concurrent.CountDownLatch;

/** Tells when a request has arrived, and answers none until it is released. */
record WaitingHandler(CountDownLatch arrived, CountDownLatch released) implements RequestHandler {
  @Override
  public void onLogs(ExportLogsServiceRequest request) {
    await();
  }

  @Override
  public void onMetrics(ExportMetricsServiceRequest request) {
    await();
  }

  @Override
  public void onTraces(ExportTraceServiceRequest request) {
    await();
  }

  private void await() {
    arrived.countDown();
    try {
      released.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
