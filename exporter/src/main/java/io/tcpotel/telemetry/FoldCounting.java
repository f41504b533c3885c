// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ErrorType;
import io.tcpotel.record.FoldedEnds;

/** Counts ends that the kernel has added up. No addresses are known of them. */
final class FoldCounting {
  private final SeriesTables tables;

  FoldCounting(SeriesTables tables) {
    this.tables = tables;
  }

  void count(SeriesOwner owner, FoldedEnds ends) {
    ConnectionSeries series = find(tables.byPort, owner, ends);
    ConnectionSeries paired = tables.unpaired == null ? series : find(tables.unpaired, owner, ends);
    ErrorType error = ends.error();
    series.add(ConnectionSeries.ACTIVE, ends.begun() - ends.ended());
    paired.add(ConnectionSeries.ESTABLISHED, ends.opened());
    paired.addFailed(error == null ? ErrorType.OTHER : error, ends.failed());
    ConnectionTimes.add(ends, paired.times());
    paired.addTotals(ends.sentBytes(), ends.receivedBytes(), ends.totalRetrans());
    series.addSegments(ends.segsOut(), ends.segsIn());
    DelaySums.add(ends, series);
  }

  private static ConnectionSeries find(SeriesTable in, SeriesOwner owner, FoldedEnds ends) {
    return ends.isOverflow()
        ? in.overflow(ends.role())
        : in.find(
            owner, ends.role(), ends.serverPort(), ends.failed() == 0, ends.begun(), ends.ended());
  }
}
