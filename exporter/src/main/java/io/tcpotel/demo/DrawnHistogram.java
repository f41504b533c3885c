// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.tcpotel.sink.Ink;
import java.util.ArrayList;
import java.util.List;

/** A histogram as bars, one for each bucket from the first to the last that holds something. */
final class DrawnHistogram {
  private static final String FORM = "  %8s  ";
  private static final int COLUMNS_BEFORE_BAR = 12;
  private static final int COLUMNS_OF_COUNT = 9;
  private static final String EIGHTHS = "▏▎▍▌▋▊▉█";
  private static final int PARTS = EIGHTHS.length();

  private final List<Double> boundaries;
  private final long[] counts;
  private final double sum;

  /**
   * @param boundaries upper bounds, inclusive, in seconds
   * @param counts one more than boundaries
   * @param sum of all observations
   */
  DrawnHistogram(List<Double> boundaries, long[] counts, double sum) {
    this.boundaries = boundaries;
    this.counts = counts.clone();
    this.sum = sum;
  }

  long count() {
    long all = 0;
    for (long count : counts) {
      all += count;
    }
    return all;
  }

  List<String> lines(String title, PageStyle style) {
    List<String> lines = new ArrayList<>();
    long all = count();
    String mean = all == 0 ? "" : ", mean " + Quantity.duration(sum / all);
    lines.add(style.ink(Ink.BOLD, title) + ": " + all + mean);
    int last = counts.length - 1;
    while (last >= 0 && counts[last] == 0) {
      last--;
    }
    int first = 0;
    while (first < last && counts[first] == 0) {
      first++;
    }
    for (int bucket = first; bucket <= last; bucket++) {
      String bar = bar(counts[bucket], style);
      lines.add(String.format(FORM, label(bucket, style)) + bar + " " + counts[bucket]);
    }
    return lines;
  }

  private String label(int bucket, PageStyle style) {
    if (bucket == boundaries.size()) {
      return "> " + bound(bucket - 1);
    }
    return (style.unicode() ? "≤ " : "<= ") + bound(bucket);
  }

  /** Boundaries are round numbers: what {@link Quantity} adds to fill its column goes again. */
  private String bound(int bucket) {
    return Quantity.duration(boundaries.get(bucket)).replaceFirst("\\.0*(?=[a-z])", "");
  }

  /** The largest count takes the whole room, the smallest is still seen. */
  private String bar(long count, PageStyle style) {
    long most = 1;
    for (long other : counts) {
      most = Math.max(most, other);
    }
    int room = style.columns() - COLUMNS_BEFORE_BAR - COLUMNS_OF_COUNT;
    if (count == 0) {
      return "";
    }
    if (!style.unicode()) {
      return "#".repeat((int) Math.max(1, Math.round((double) count / most * room)));
    }
    int eighths = (int) Math.max(1, Math.round((double) count / most * room * PARTS));
    int rest = eighths % PARTS;
    String end = rest == 0 ? "" : EIGHTHS.substring(rest - 1, rest);
    return EIGHTHS.substring(PARTS - 1).repeat(eighths / PARTS) + end;
  }
}
