// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.bpf.Folds;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.FoldedEnds;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.workload.Workload;
import java.util.Map;

/** The metrics of captured connections, made of records and folds as the program makes them. */
final class MeteredConnections {
  final CollectedMetrics collected = new CollectedMetrics(false);
  private final CapturedConnections captured;
  private final Folds folds;

  MeteredConnections(CapturedConnections captured) {
    this.captured = captured;
    folds = captured.folds();
  }

  /** Takes the records and folds that there are by now. */
  void collect() {
    captured.drain();
    for (ConnectionRecord record : captured.takeRecords()) {
      collected.metrics.record(record, ErrorType.of(record), Workload.AGENT, null);
    }
    FoldedEnds ends = new FoldedEnds();
    folds.collect(
        (key, difference) ->
            collected.metrics.recordFolded(ends.at(key, difference), Workload.AGENT));
  }

  /** Reports what lives, and takes it. */
  void walk() {
    captured.walk();
    collect();
  }

  /** The sum over the series whose attributes contain {@code attribute}. */
  long total(String name, String attribute) {
    return collected.sums(name).entrySet().stream()
        .filter(entry -> entry.getKey().contains(attribute))
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}
