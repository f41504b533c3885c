// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.LogCounts;
import io.tcpotel.record.RecordCheck;
import java.util.Map;

/**
 * The account of a run, as lines of name and equation: what stands left of each "=" must be the sum
 * of what stands right of it.
 */
public final class Sums {
  private static final RecordKind OPEN = RecordKind.OPEN;
  private static final RecordKind CLOSE = RecordKind.CLOSE;
  private static final RecordKind FAILED = RecordKind.FAILED;
  private static final RecordKind UPDATE = RecordKind.UPDATE;
  private static final RecordKind ADOPTED = RecordKind.ADOPTED;

  private Sums() {}

  public static String text(
      KernelCounters.Snapshot kernel, ReadCounts read, CollectorExport export) {
    StringBuilder text = new StringBuilder("sums");
    appendKernel(text, "open", OPEN, kernel);
    appendKernel(text, "close", CLOSE, kernel);
    appendKernel(text, "failed", FAILED, kernel);
    appendKernel(text, "update", UPDATE, kernel);
    appendKernel(text, "adopted", ADOPTED, kernel);
    line(text, "kernel unknown", "%d", kernel.unknown());
    appendRing(text, kernel, read);
    appendConnections(text, kernel);
    appendExport(text, export);
    return text.toString();
  }

  /** The account of a replay of {@code all} records. */
  public static String text(long all, ReadCounts read, CollectorExport export) {
    StringBuilder text = new StringBuilder("sums");
    line(text, "file", "%d = read %d + not_read %d", all, read.all(), all - read.all());
    appendRead(text, read);
    appendExport(text, export);
    return text.toString();
  }

  private static void appendExport(StringBuilder text, CollectorExport export) {
    if (export.logs() != null) {
      appendLogs(text, export.logs().counts());
    }
    if (export.metrics() != null) {
      line(
          text,
          "metrics",
          "exported %d, failed %d",
          export.metrics().exported(),
          export.metrics().failed());
    }
  }

  private static void line(StringBuilder text, String name, String format, Object... values) {
    text.append(System.lineSeparator()).append(String.format("  %-15s", name));
    text.append(String.format(format, values));
  }

  private static void appendKernel(
      StringBuilder text, String name, RecordKind kind, KernelCounters.Snapshot kernel) {
    line(
        text,
        "kernel " + name,
        "seen %d = put %d + deferred %d + folded %d + filtered %d + no_storage %d",
        kernel.seen(kind),
        kernel.outcome(kind, ReportOutcome.PUT),
        kernel.outcome(kind, ReportOutcome.DEFERRED),
        kernel.outcome(kind, ReportOutcome.FOLDED),
        kernel.outcome(kind, ReportOutcome.FILTERED),
        kernel.outcome(kind, ReportOutcome.NO_STORAGE));
  }

  private static void appendRing(
      StringBuilder text, KernelCounters.Snapshot kernel, ReadCounts read) {
    long put = 0;
    for (RecordKind kind : RecordKind.values()) {
      put += kernel.outcome(kind, ReportOutcome.PUT);
    }
    line(text, "ring", "put %d = read %d", put, read.all());
    appendRead(text, read);
  }

  private static void appendRead(StringBuilder text, ReadCounts read) {
    line(
        text,
        "read",
        "%d = open %d + close %d + failed %d + update %d + adopted %d + truncated %d + unknown_type %d",
        read.all(),
        read.of(OPEN),
        read.of(CLOSE),
        read.of(FAILED),
        read.of(UPDATE),
        read.of(ADOPTED),
        read.of(RecordCheck.TRUNCATED),
        read.of(RecordCheck.UNKNOWN_TYPE));
  }

  /** What was refused at birth never became a connection here. */
  private static void appendConnections(StringBuilder text, KernelCounters.Snapshot kernel) {
    long opened = kernel.begun(OPEN);
    long adopted = kernel.begun(ADOPTED);
    long closed = kernel.seen(CLOSE) - kernel.adoptedClosed();
    line(
        text,
        "connections",
        "opened %d + adopted %d = closed %d + adopted_closed %d + live %d",
        opened,
        adopted,
        closed,
        kernel.adoptedClosed(),
        opened + adopted - closed - kernel.adoptedClosed());
  }

  private static void appendLogs(StringBuilder text, LogCounts logs) {
    LogCounts.Snapshot now = logs.snapshot();
    line(
        text,
        "logs",
        "ended %d + recovered %d = exported %d + rejected %d + failed %d + queue_full %d"
            + " + shutdown %d + spool_full %d + spool_failed %d + corrupt %d + spooled %d"
            + " + waiting %d + in_flight %d",
        now.ended(),
        now.spool().recovered(),
        now.exported(),
        now.rejected(),
        now.failed(),
        now.queueFull(),
        now.shutdown(),
        now.spool().full(),
        now.spool().failed(),
        now.spool().corrupt(),
        now.spool().pending(),
        now.waiting(),
        now.inFlight());
    Map<String, Long> failed = logs.failed();
    if (!failed.isEmpty()) {
      line(text, "logs failed", "%s", failed);
    }
  }
}
