// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.testing.ScriptedCollector;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** Some records, sent to a collector that misbehaves in one way, and their end. */
final class DeliveryCase {
  /** Records in one request, unless told otherwise. */
  static final int RECORDS = 100;

  private static final long FINISH_MS = 400;

  private final Supplier<List<String>> arrived;
  private final LongSupplier rejected;
  private final ExportToCollector to;
  private final int records;
  private String counted;

  DeliveryCase(ScriptedCollector collector, ExportToCollector to) {
    this(collector, to, RECORDS);
  }

  /** With so many records in one request. */
  DeliveryCase(ScriptedCollector collector, ExportToCollector to, int records) {
    this(
        () -> ExportToCollector.connectionIds(List.copyOf(collector.accepted())),
        collector::rejectedRecords,
        to,
        records);
  }

  /**
   * To any collector.
   *
   * @param arrived the connections of the records that it has, each as often as it has it
   * @param rejected how many of them it said it rejected
   */
  DeliveryCase(
      Supplier<List<String>> arrived, LongSupplier rejected, ExportToCollector to, int records) {
    this.arrived = arrived;
    this.rejected = rejected;
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
    return endOnce(reached);
  }

  /** Ends what was sent already once {@code reached}. */
  DeliveryCase endOnce(BooleanSupplier reached) throws InterruptedException {
    to.await("reached", reached);
    to.finish(FINISH_MS);
    to.requireSumsToClose();
    counted = counted();
    return this;
  }

  private Map<String, Integer> arrivals() {
    Map<String, Integer> arrivals = new HashMap<>();
    for (String id : arrived.get()) {
      arrivals.merge(id, 1, Integer::sum);
    }
    return arrivals;
  }

  /** Records that arrived, less those that the collector rejected, by its own count. */
  private long delivered() {
    return arrivals().size() - rejected.getAsLong();
  }

  private long twice() {
    return arrivals().values().stream().filter(times -> times > 1).count();
  }

  /** Records that neither arrived nor are in the files of the spool. */
  private long lost() throws IOException {
    return records - delivered() - to.spooledIds().size();
  }

  /** The row of docs/delivery.md; the export may have been closed. */
  String row(String what) throws IOException {
    return String.format("| %s | %d | %d | %d | %s |", what, delivered(), twice(), lost(), counted);
  }

  /** The counters that are not zero. */
  private String counted() {
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
