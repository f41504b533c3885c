// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.tcpotel.sink.Ink;
import io.tcpotel.telemetry.Instrument;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongFunction;

/** The counters as they arrived last: a row for each, a column for each role. */
final class CounterTable {
  private static final String NAME_FORM = "%-34s";
  private static final String CELL_FORM = "%10s";

  private final List<String> lines = new ArrayList<>();
  private final Set<String> roles = new TreeSet<>(Set.of("client", "server"));
  private final PageStyle style;

  private CounterTable(PageStyle style) {
    this.style = style;
  }

  static List<String> lines(ArrivedMetrics metrics, PageStyle style) {
    CounterTable table = new CounterTable(style);
    table.draw(metrics);
    return table.lines;
  }

  private void draw(ArrivedMetrics metrics) {
    var attempts = metrics.sums(Instrument.CONNECTION_ATTEMPTS, ArrivedMetrics.ERROR);
    var ends = metrics.sums(Instrument.CONNECTION_DURATION, ArrivedMetrics.ERROR);
    var active = metrics.sums(Instrument.CONNECTION_ACTIVE, ArrivedMetrics.ERROR);
    var io = metrics.sums(Instrument.IO, ArrivedMetrics.DIRECTION);
    // Of listeners, which have no role.
    var drops =
        metrics
            .sums(Instrument.ACCEPT_QUEUE_DROPS, ArrivedMetrics.ERROR)
            .getOrDefault("", Map.of());
    roles.addAll(attempts.keySet());
    roles.addAll(ends.keySet());
    drawHeader();
    drawRow("opened", attempts, "", Long::toString);
    drawErrors("failed: ", attempts);
    drawRow("ended well", ends, "", Long::toString);
    drawErrors("ended: ", ends);
    if (!drops.isEmpty()) { // a recording has none
      drawRow("found the accept queue full", Map.of("server", drops), "", Long::toString);
    }
    drawRow("still open", active, "", Long::toString);
    drawRow("payload sent", io, "transmit", Quantity::bytes);
    drawRow("payload received", io, "receive", Quantity::bytes);
  }

  private void drawHeader() {
    StringBuilder header = new StringBuilder(String.format(NAME_FORM, "Counters"));
    roles.forEach(role -> header.append(String.format(CELL_FORM, role)));
    lines.add(style.ink(Ink.BOLD, header.toString()));
  }

  private void drawErrors(String prefix, Map<String, Map<String, Long>> sums) {
    Set<String> errors = new TreeSet<>();
    sums.values().forEach(byError -> errors.addAll(byError.keySet()));
    errors.remove("");
    errors.forEach(error -> drawRow(prefix + error, sums, error, Long::toString));
  }

  private void drawRow(
      String name, Map<String, Map<String, Long>> sums, String value, LongFunction<String> form) {
    StringBuilder row = new StringBuilder(String.format(NAME_FORM, "  " + name));
    for (String role : roles) {
      long sum = sums.getOrDefault(role, Map.of()).getOrDefault(value, 0L);
      row.append(String.format(CELL_FORM, form.apply(sum)));
    }
    lines.add(row.toString());
  }
}
