// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.otlp.LogCounts;
import io.tcpotel.pipeline.ReadCounts;
import io.tcpotel.pipeline.Sums;
import io.tcpotel.record.RecordCheck;
import java.util.List;

/** The account of {@link Sums} in few words: kinds together, what is zero and rare left out. */
public final class DemoSums {
  private static final RecordKind OPEN = RecordKind.OPEN;
  private static final RecordKind CLOSE = RecordKind.CLOSE;
  private static final RecordKind FAILED = RecordKind.FAILED;
  private static final RecordKind UPDATE = RecordKind.UPDATE;
  private static final RecordKind ADOPTED = RecordKind.ADOPTED;
  private static final ReportOutcome PUT = ReportOutcome.PUT;
  private static final ReportOutcome DEFERRED = ReportOutcome.DEFERRED;

  private DemoSums() {}

  public static List<Equation> of(KernelCounters.Snapshot kernel, ReadCounts read, LogCounts logs) {
    long opened = kernel.begun(OPEN);
    long adopted = kernel.begun(ADOPTED);
    long closed = kernel.seen(CLOSE) - kernel.adoptedClosed();
    return List.of(
        new Equation("kernel", "seen", seen(kernel))
            .part("put", all(kernel, PUT))
            .part("filtered (own)", all(kernel, ReportOutcome.FILTERED))
            .rare("deferred", all(kernel, DEFERRED))
            .rare("folded", all(kernel, ReportOutcome.FOLDED))
            .rare("no_storage", all(kernel, ReportOutcome.NO_STORAGE)),
        new Equation("ring", "put", all(kernel, PUT)).part("read", read.all()),
        reader(read),
        new Equation("connections", adopted == 0 ? "opened" : "opened + adopted", opened + adopted)
            .part("closed", closed)
            .rare("adopted_closed", kernel.adoptedClosed())
            .part("live", opened + adopted - closed - kernel.adoptedClosed()),
        exporter(logs));
  }

  /** Of {@code all} records that were recorded. */
  public static List<Equation> of(long all, ReadCounts read, LogCounts logs) {
    return List.of(
        new Equation("recording", "records", all)
            .part("read", read.all())
            .rare("not_read", all - read.all()),
        reader(read),
        exporter(logs));
  }

  private static Equation reader(ReadCounts read) {
    return new Equation("reader", "read", read.all())
        .part("open", read.of(OPEN))
        .part("close", read.of(CLOSE))
        .part("failed", read.of(FAILED))
        .rare("update", read.of(UPDATE))
        .rare("adopted", read.of(ADOPTED))
        .rare("truncated", read.of(RecordCheck.TRUNCATED))
        .rare("unknown_type", read.of(RecordCheck.UNKNOWN_TYPE));
  }

  private static Equation exporter(LogCounts counts) {
    LogCounts.Snapshot logs = counts.snapshot();
    return new Equation("exporter", "ended", logs.ended())
        .part("exported", logs.exported())
        .rare("rejected", logs.rejected())
        .rare("failed", logs.failed())
        .rare("queue_full", logs.queueFull())
        .rare("shutdown", logs.shutdown())
        .rare("waiting", logs.waiting())
        .rare("in_flight", logs.inFlight());
  }

  private static long seen(KernelCounters.Snapshot kernel) {
    long seen = 0;
    for (RecordKind kind : RecordKind.values()) {
      seen += kernel.seen(kind);
    }
    return seen;
  }

  private static long all(KernelCounters.Snapshot kernel, ReportOutcome outcome) {
    long all = 0;
    for (RecordKind kind : RecordKind.values()) {
      all += kernel.outcome(kind, outcome);
    }
    return all;
  }
}
