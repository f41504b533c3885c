// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.demo.Equation;
import io.tcpotel.otlp.LogCounts;
import io.tcpotel.record.RecordCheck;
import java.util.List;

/** The account of {@link Sums} in few words: kinds together, what is zero and rare left out. */
final class DemoSums {
  private static final int OPEN = ProbeAbi.TCP_PROBE_OPEN();
  private static final int CLOSE = ProbeAbi.TCP_PROBE_CLOSE();
  private static final int FAILED = ProbeAbi.TCP_PROBE_FAILED();
  private static final int PUT = ProbeAbi.TCP_PROBE_PUT();
  private static final int DEFERRED = ProbeAbi.TCP_PROBE_DEFERRED();

  private DemoSums() {}

  static List<Equation> of(KernelCounters.Snapshot kernel, ReadCounts read, LogCounts logs) {
    long seen = kernel.seen(OPEN) + kernel.seen(CLOSE) + kernel.seen(FAILED);
    long opened = kernel.outcome(OPEN, PUT) + kernel.outcome(OPEN, DEFERRED);
    long closed = kernel.seen(CLOSE);
    return List.of(
        new Equation("kernel", "seen", seen)
            .part("put", all(kernel, PUT))
            .part("filtered (own)", all(kernel, ProbeAbi.TCP_PROBE_FILTERED()))
            .rare("deferred", all(kernel, DEFERRED))
            .rare("dropped", all(kernel, ProbeAbi.TCP_PROBE_DROPPED()))
            .rare("no_storage", all(kernel, ProbeAbi.TCP_PROBE_NO_STORAGE())),
        new Equation("ring", "put", all(kernel, PUT)).part("read", read.all()),
        new Equation("reader", "read", read.all())
            .part("open", read.of(OPEN))
            .part("close", read.of(CLOSE))
            .part("failed", read.of(FAILED))
            .rare("truncated", read.of(RecordCheck.TRUNCATED))
            .rare("unknown_type", read.of(RecordCheck.UNKNOWN_TYPE)),
        new Equation("connections", "opened", opened)
            .part("closed", closed)
            .part("live", opened - closed),
        new Equation("exporter", "ended", logs.ended())
            .part("exported", logs.exported())
            .rare("rejected", logs.rejected())
            .rare("failed", logs.failed().values().stream().mapToLong(Long::longValue).sum())
            .rare("queue_full", logs.queueFull())
            .rare("shutdown", logs.shutdown())
            .rare("waiting", logs.waiting())
            .rare("in_flight", logs.inFlight()));
  }

  private static long all(KernelCounters.Snapshot kernel, int outcome) {
    return kernel.outcome(OPEN, outcome)
        + kernel.outcome(CLOSE, outcome)
        + kernel.outcome(FAILED, outcome);
  }
}
