// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.testing.ScriptedCollector;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/** Some records, sent to a collector that misbehaves in one way, and their end. */
final class DeliveryCase {
  private static final long FINISH_MS = 400;

  private final ScriptedCollector collector;
  private final ExportToCollector to;

  private final int records;

  DeliveryCase(ScriptedCollector collector, ExportToCollector to) {
    this(collector, to, 100);
  }

  /** With so many records in one request. */
  DeliveryCase(ScriptedCollector collector, ExportToCollector to, int records) {
    this.collector = collector;
    this.to = to;
    this.records = records;
  }

  /** Sends them, waits until all have an end, and ends. */
  DeliveryCase run() throws InterruptedException {
    return runUntil(() -> to.counts().inFlight() == 0);
  }

  /** Sends them and ends once {@code reached}. */
  DeliveryCase runUntil(BooleanSupplier reached) throws InterruptedException {
    to.add(records);
    to.send();
    to.await("reached", reached);
    to.finish(FINISH_MS);
    to.requireSumsToClose();
    return this;
  }

  private Map<String, Integer> arrivals() {
    Map<String, Integer> arrivals = new HashMap<>();
    for (String id : ExportToCollector.connectionIds(List.copyOf(collector.accepted()))) {
      arrivals.merge(id, 1, Integer::sum);
    }
    return arrivals;
  }

  /** Records that arrived, less those that the collector rejected, by its own count. */
  long delivered() {
    return arrivals().size() - collector.rejectedRecords();
  }

  long twice() {
    return arrivals().values().stream().filter(times -> times > 1).count();
  }

  /** Records that neither arrived nor are in the files of the spool. */
  long lost() throws IOException {
    return records - delivered() - to.spooledIds().size();
  }

  /** The counters that are not zero. */
  String counted() {
    DeliveryCounts counts = to.counts();
    Map<String, Long> all = new TreeMap<>();
    all.put("exported", counts.exported());
    all.put("rejected", counts.rejected());
    all.put("queue_full", counts.queueFull());
    all.put("shutdown", counts.shutdown());
    all.put("in_flight", counts.inFlight());
    all.put("spooled", counts.spool().pending());
    counts.failed().forEach((code, sum) -> all.put("failed " + code, sum));
    StringBuilder text = new StringBuilder();
    all.forEach(
        (name, sum) -> {
          if (sum > 0) {
            text.append(text.isEmpty() ? "" : ", ").append(name).append(' ').append(sum);
          }
        });
    return text.toString();
  }
}
