// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.Messages;
import io.tcpotel.otlp.spool.SpoolCounts;
import io.tcpotel.otlp.spool.SpoolRecords;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.ScriptedCollector;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** An export to a collector of the test's own, with all it says. */
final class ExportToCollector implements AutoCloseable {

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final RecordImage image = RecordImage.close().generation(0);
  private final Path spool;
  final CollectorExport export;
  private long added;

  ExportToCollector(ScriptedCollector collector, long queueBytes, Map<String, String> otel) {
    this(collector, new RecordDelivery.Bounds(queueBytes, 1 << 20, Duration.ofHours(1)), otel);
  }

  ExportToCollector(
      ScriptedCollector collector, RecordDelivery.Bounds bounds, Map<String, String> otel) {
    this(collector.endpoint(), bounds, otel);
  }

  ExportToCollector(String endpoint, RecordDelivery.Bounds bounds, Map<String, String> otel) {
    spool = bounds.spool();
    Map<String, String> options = new HashMap<>(otel);
    options.putIfAbsent("otel.exporter.otlp.endpoint", endpoint);
    CollectorExport.Settings settings =
        new CollectorExport.Settings(
            options,
            Map.of(),
            Set.of(Signal.LOGS, Signal.METRICS),
            LogContent.DEFAULT,
            bounds,
            2000,
            "");
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    export = new CollectorExport(settings, new Messages(out), () -> {});
  }

  ExportToCollector(ScriptedCollector collector) {
    this(collector, 8 << 20, Map.of());
  }

  RecordDelivery logs() {
    return export.logs();
  }

  DeliveryCounts counts() {
    return export.logs().counts();
  }

  /** The records in the files of the spool; after {@link #finish}. */
  Set<String> spooledIds() throws IOException {
    return spool == null ? Set.of() : SpoolRecords.connectionIds(spool);
  }

  String said() {
    return said.toString(StandardCharsets.UTF_8);
  }

  long added() {
    return added;
  }

  /** Adds {@code records} ends; the connections count up from 1. */
  void add(int records) {
    for (int i = 0; i < records; i++) {
      added++;
      logs().beforeDrain(System.nanoTime(), added);
      image.socketCookie(added);
      ErrorType error = ErrorType.of(image.view());
      logs().add(image.view(), error, null, added);
    }
  }

  /** Lets what was added become old enough to be sent, and sends it. */
  void send() {
    logs().tick(System.nanoTime() + TimeUnit.SECONDS.toNanos(1));
  }

  /** Ticks until {@code reached}. */
  void await(String what, BooleanSupplier reached) throws InterruptedException {
    long end = System.nanoTime() + Await.LIMIT.toNanos();
    while (!reached.getAsBoolean()) {
      assertThat(System.nanoTime()).as("within " + Await.LIMIT + ": " + what).isLessThan(end);
      logs().tick(System.nanoTime());
      Thread.sleep(5);
    }
  }

  void finish(long timeoutMs) throws InterruptedException {
    logs().finish(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(timeoutMs));
  }

  /** Every record is somewhere, and after {@link #finish} nothing waits. */
  void requireSumsToClose() {
    assertThat(counts().ended()).isEqualTo(added);
    assertThat(counts().waiting()).isZero();
    requireEquation(counts());
  }

  /** Each term is counted on its own, so that this can fail. */
  static void requireEquation(DeliveryCounts counts) {
    DeliveryCounts.Snapshot now = counts.snapshot();
    SpoolCounts.Snapshot spool = now.spool();
    long requests = now.exported() + now.rejected() + now.failed() + now.inFlight();
    long memory = now.waiting() + now.queueFull() + now.shutdown();
    long disk = spool.pending() + spool.full() + spool.failed() + spool.corrupt();
    assertThat(requests + memory + disk)
        .as(now.toString())
        .isEqualTo(now.ended() + spool.recovered());
  }

  static List<String> connectionIds(List<LogRecord> records) {
    return records.stream()
        .flatMap(record -> record.getAttributesList().stream())
        .filter(attribute -> attribute.getKey().equals("tcpotel.connection.id"))
        .map(attribute -> attribute.getValue().getStringValue())
        .toList();
  }

  @Override
  public void close() {
    export.close();
  }
}
