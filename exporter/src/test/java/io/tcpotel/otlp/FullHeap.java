// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.LogIds;
import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.MetricModes;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.Workload;
import java.lang.management.ManagementFactory;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/**
 * Fills what grows with connections to its bounds: the requests of log records, the tables of
 * series, with every error and durations of every magnitude, a collection, and the delta points
 * that wait. A program, for a heap of its own.
 */
final class FullHeap {
  private static final int REQUEST_BYTES = 1 << 20;

  private final MetricModes modes;
  private final ConnectionMetrics metrics;
  private final byte[][] requests = new byte[MemoryPlan.BUFFERS][REQUEST_BYTES];
  private final List<List<MetricData>> kept = new ArrayList<>();

  private FullHeap(MetricModes modes) {
    this.modes = modes;
    this.metrics = new ConnectionMetrics(modes, InstantSource.system());
  }

  /** Prints the MiB in use, one line for each mode. */
  public static void main(String[] arguments) {
    int limit =
        MetricModes.seriesLimit(Integer.parseInt(arguments[0]), Runtime.getRuntime().maxMemory());
    for (int bits = 0; bits < 8; bits++) {
      boolean delta = (bits & 1) != 0;
      MetricKeys keys =
          (bits & 4) == 0 ? MetricKeys.DEFAULT : MetricKeys.of(MetricKeys.By.ADDRESS_PAIR);
      FullHeap full =
          new FullHeap(
              new MetricModes(delta, delta, (bits & 2) != 0, keys, limit, LogIds.DEFAULT, true));
      System.out.println(full.fill() + " " + full.modes);
    }
  }

  private long fill() {
    connect();
    keep();
    connect();
    List<MetricData> collected = List.copyOf(metrics.produce(Resource.empty()));
    System.gc();
    long used = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    return (used + collected.size() + requests.length >> 20) + 1;
  }

  /** More keys than there may be, each one often enough to have a series. */
  private void connect() {
    for (int port = 1; port <= modes.seriesLimit() * 9 / 8; port++) {
      RecordImage image =
          RecordImage.close()
              .openReported(false)
              .reportedSegments(0, 0)
              .ports(40_000, port)
              .localAddress("2001:db8:1111:2222:3333:4444:5555:6666")
              .peerAddress("2001:db8:1111:2222:3333:4444:5555:" + Integer.toHexString(port));
      for (long durationNs = 1_000; durationNs < 1L << 40; durationNs <<= 12) {
        record(image.durationNs(durationNs).srttUs((int) (durationNs >> 6)), null);
      }
      for (ErrorType error : ErrorType.values()) {
        record(image.durationNs(1_000), error);
        record(image.durationNs(1L << 40), error);
      }
      RecordImage failure = RecordImage.failure().ports(40_000, port);
      for (ErrorType error : ErrorType.values()) {
        record(failure, error);
      }
    }
  }

  private void record(RecordImage image, ErrorType error) {
    ConnectionRecord record = image.view();
    metrics.record(record, error, Workload.AGENT, null);
  }

  /** The points of a collection that a collector has not taken. */
  private void keep() {
    int points = 0;
    for (List<MetricData> part :
        MetricParts.of(List.copyOf(metrics.produce(Resource.empty())), 1000)) {
      points += MetricParts.points(part);
      if (modes.deltaCounters() && points <= MetricRequests.MOST_KEPT_POINTS) {
        kept.add(part);
      }
    }
  }
}
