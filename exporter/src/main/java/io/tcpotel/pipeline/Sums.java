// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.LogCounts;
import io.tcpotel.record.RecordCheck;
import java.util.Map;

/**
 * The account of a run, as lines of name and equation: what stands left of each "=" must be the sum
 * of what stands right of it.
 */
public final class Sums {
  private static final int OPEN = ProbeAbi.TCP_PROBE_OPEN();
  private static final int CLOSE = ProbeAbi.TCP_PROBE_CLOSE();
  private static final int FAILED = ProbeAbi.TCP_PROBE_FAILED();
  private static final int UPDATE = ProbeAbi.TCP_PROBE_UPDATE();
  private static final int ADOPTED = ProbeAbi.TCP_PROBE_ADOPTED();

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
      StringBuilder text, String name, int kind, KernelCounters.Snapshot kernel) {
    line(
        text,
        "kernel " + name,
        "seen %d = put %d + deferred %d + folded %d + filtered %d + no_storage %d",
        kernel.seen(kind),
        kernel.outcome(kind, ProbeAbi.TCP_PROBE_PUT()),
        kernel.outcome(kind, ProbeAbi.TCP_PROBE_DEFERRED()),
        kernel.outcome(kind, ProbeAbi.TCP_PROBE_FOLDED()),
        kernel.outcome(kind, ProbeAbi.TCP_PROBE_FILTERED()),
        kernel.outcome(kind, ProbeAbi.TCP_PROBE_NO_STORAGE()));
  }

  private static void appendRing(
      StringBuilder text, KernelCounters.Snapshot kernel, ReadCounts read) {
    long put = 0;
    for (int kind = 1; kind < ProbeAbi.TCP_PROBE_KINDS(); kind++) {
      put += kernel.outcome(kind, ProbeAbi.TCP_PROBE_PUT());
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
