// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.tcpotel.Messages;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;

/**
 * Sends a collection in requests within the limit of size, one after the other, and counts the end
 * of each data point. Delta points that a later attempt can deliver are kept and sent again as they
 * are, before newer ones: no later collection contains them. One thread at a time.
 */
final class MetricRequests {
  /** Size of a histogram's point; other points have a third of it. */
  private static final int POINT_BYTES = 650;

  /** What gRPC's servers accept by default; larger requests would only take more heap. */
  static final int LARGEST_BYTES = 4 << 20;

  /** 5 MiB of heap if all of them are histograms. */
  static final int MOST_KEPT_POINTS = 20_000;

  private final MetricExporter exporter;
  private final SdkRequests sender;
  private final Messages messages;
  private final ItemCounts points = new ItemCounts();
  private final Deque<List<MetricData>> kept = new ArrayDeque<>();
  private final int pointsPerRequest;
  private Status.Code lastFailure = Status.Code.UNAVAILABLE;
  private boolean answered;

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

  /**
   * Waits for each request's answer; whether all was accepted.
   *
   * @param metrics immutable if some have delta temporality
   * @param patienceMs how long to wait for the answer of the next request; without time none is
   *     sent
   */
  boolean export(Collection<MetricData> metrics, LongSupplier patienceMs) {
    Map<Boolean, List<MetricData>> byDelta =
        metrics.stream()
            .sorted(Comparator.comparingLong(MetricRequests::firstNs))
            .collect(Collectors.partitioningBy(MetricRequests::isDelta));
    answered = true;
    kept.addAll(MetricParts.of(byDelta.get(true), pointsPerRequest));
    boolean ok = send(kept, patienceMs, true);
    dropOldest(MOST_KEPT_POINTS);
    return send(
            new ArrayDeque<>(MetricParts.of(byDelta.get(false), pointsPerRequest)),
            patienceMs,
            false)
        && ok;
  }

  /** Whether the last export brought no failure that a later one can mend. */
  boolean wasAnswered() {
    return answered;
  }

  /** Prometheus refuses a request with a time of a resource that is before one it has seen. */
  private static long firstNs(MetricData metric) {
    return metric.getData().getPoints().stream()
        .mapToLong(PointData::getEpochNanos)
        .min()
        .orElse(0);
  }

  private static boolean isDelta(MetricData metric) {
    return switch (metric.getType()) {
      case LONG_SUM -> isDelta(metric.getLongSumData().getAggregationTemporality());
      case DOUBLE_SUM -> isDelta(metric.getDoubleSumData().getAggregationTemporality());
      case HISTOGRAM -> isDelta(metric.getHistogramData().getAggregationTemporality());
      case EXPONENTIAL_HISTOGRAM ->
          isDelta(metric.getExponentialHistogramData().getAggregationTemporality());
      default -> false;
    };
  }

  private static boolean isDelta(AggregationTemporality temporality) {
    return temporality == AggregationTemporality.DELTA;
  }

  /**
   * Sends {@code parts} in order and removes those that have ended.
   *
   * @param keep whether to stop at the first part that a later attempt can deliver, which then
   *     stays the first
   */
  private boolean send(Deque<List<MetricData>> parts, LongSupplier patienceMs, boolean keep) {
    boolean ok = true;
    while (!parts.isEmpty()) {
      List<MetricData> part = parts.removeFirst();
      int size = MetricParts.points(part);
      CollectorSender.Outcome outcome = attempt(part, size, patienceMs.getAsLong());
      if (outcome.tooLarge() && size > 1) {
        points.takenBack(size);
        List<List<MetricData>> halves = MetricParts.of(part, (size + 1) / 2);
        halves.reversed().forEach(parts::addFirst);
      } else if (outcome.isOk()) {
        long rejected = PartialSuccess.rejected(outcome.response(), size, "data points", messages);
        points.accepted(size, rejected);
        ok &= rejected == 0;
      } else if (keep && !outcome.tooLarge() && isRetryable(outcome)) {
        points.takenBack(size);
        answered = false;
        lastFailure = outcome.status().getCode();
        parts.addFirst(part);
        return false;
      } else {
        points.failed(outcome.status().getCode(), size);
        answered &= outcome.tooLarge() || !isRetryable(outcome);
        ok = false;
      }
    }
    return ok;
  }

  private static boolean isRetryable(CollectorSender.Outcome outcome) {
    return RetrySchedule.isRetryable(outcome.status().getCode());
  }

  private CollectorSender.Outcome attempt(List<MetricData> part, int size, long patienceMs) {
    sender.forgetOutcome();
    points.sent(size);
    try {
      if (patienceMs > 0) {
        exporter.export(part).join(patienceMs, TimeUnit.MILLISECONDS);
      }
    } catch (Throwable e) {
      messages.sayOnceAMinute("unsendable", "metrics: " + e + ": dropped and counted");
      return new CollectorSender.Outcome(AttemptEnd.unsendable(e).status(), new byte[0], false);
    }
    CollectorSender.Outcome outcome = sender.lastOutcome();
    return outcome != null
        ? outcome
        : new CollectorSender.Outcome(Status.DEADLINE_EXCEEDED, new byte[0], false);
  }

  /** After this long, a request has ended: the last attempt may begin when its time is over. */
  long patienceMs() {
    return 2 * sender.timeout().toMillis() + 1000;
  }

  /** Attempts a request at once that waits for its next attempt. */
  void retryNow() {
    sender.retryNow();
  }

  /** Counts all kept points as failed. */
  void giveUp() {
    dropOldest(0);
  }

  /** Counts the kept points as failed that are more than {@code most}, the oldest first. */
  private void dropOldest(int most) {
    int before = keptPoints();
    int left = before;
    while (left > most) {
      int dropped = MetricParts.points(kept.removeFirst());
      points.dropped(lastFailure, dropped);
      left -= dropped;
    }
    if (left < before) {
      messages.sayOnceAMinute(
          "delta points",
          "metrics: " + lastFailure + ": dropped and counted the oldest delta points");
    }
  }

  private int keptPoints() {
    return kept.stream().mapToInt(MetricParts::points).sum();
  }
}
