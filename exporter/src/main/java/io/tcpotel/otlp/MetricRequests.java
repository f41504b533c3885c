// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.tcpotel.Messages;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Sends a collection in requests within the limit of size, one after the other, and counts the end
 * of each data point. One thread at a time.
 */
final class MetricRequests {
  /** Size of a histogram's point; other points have a third of it. */
  private static final int POINT_BYTES = 650;

  private final MetricExporter exporter;
  private final SdkRequests sender;
  private final Messages messages;
  private final ItemCounts points = new ItemCounts();
  private final int pointsPerRequest;

  MetricRequests(MetricExporter exporter, SdkRequests sender, int requestBytes, Messages messages) {
    this.exporter = exporter;
    this.sender = sender;
    this.messages = messages;
    this.pointsPerRequest = Math.max(1, requestBytes / POINT_BYTES);
    sender.setLargestRequest(requestBytes);
  }

  MetricExporter exporter() {
    return exporter;
  }

  ItemCounts points() {
    return points;
  }

  /** Waits for each request's answer, at most {@code timeoutMs}; whether all was accepted. */
  boolean export(Collection<MetricData> metrics, long timeoutMs) {
    return exportInParts(metrics, pointsPerRequest, timeoutMs);
  }

  private boolean exportInParts(Collection<MetricData> metrics, int pointsPerPart, long timeoutMs) {
    boolean ok = true;
    for (List<MetricData> part : MetricParts.of(metrics, pointsPerPart)) {
      ok &= exportPart(part, timeoutMs);
    }
    return ok;
  }

  private boolean exportPart(List<MetricData> part, long timeoutMs) {
    int size = MetricParts.points(part);
    sender.forgetOutcome();
    points.sent(size);
    exporter.export(part).join(timeoutMs, TimeUnit.MILLISECONDS);
    CollectorSender.Outcome outcome = sender.lastOutcome();
    if (outcome == null) {
      points.failed(Status.Code.DEADLINE_EXCEEDED, size);
      return false;
    }
    if (outcome.tooLarge() && size > 1) {
      points.takenBack(size);
      return exportInParts(part, (size + 1) / 2, timeoutMs);
    }
    if (!outcome.isOk()) {
      points.failed(outcome.status().getCode(), size);
      return false;
    }
    long rejected = PartialSuccess.rejected(outcome.response(), size, "data points", messages);
    points.accepted(size, rejected);
    return rejected == 0;
  }
}
