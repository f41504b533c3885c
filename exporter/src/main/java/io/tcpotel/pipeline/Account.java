// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.MetricCollection;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.CountedSum;
import io.tcpotel.thinning.LeftOut;
import io.tcpotel.thinning.Thinning;
import io.tcpotel.thinning.ThinningCounts;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Where every report, record and log record of a run is, as equations. Each term is a count of its
 * own: the kernel's, the reader's, the metrics' or the delivery's.
 */
public final class Account {
  private static final String NEW_LINE = System.lineSeparator() + "  ";

  private final List<Equation> kernel = new ArrayList<>();
  private final List<Equation> run = new ArrayList<>();
  private final List<String> lines = new ArrayList<>();

  /**
   * The export's counts.
   *
   * @param logs null if logs are off
   * @param spans null if traces are off
   * @param metrics null if metrics are off
   */
  record Exported(Delivered logs, Delivered spans, Collections metrics) {
    static Exported of(CollectorExport export) {
      MetricCollection metrics = export.metrics();
      return new Exported(
          Delivered.of(export.logs()),
          Delivered.of(export.spans()),
          metrics == null ? null : new Collections(metrics.exported(), metrics.failed()));
    }
  }

  /**
   * What the reader has counted.
   *
   * @param thinning null if nothing is thinned
   */
  record Read(ReadCounts records, ReadSums sums, ThinningCounts.Snapshot thinning) {
    static Read of(ExportPipeline pipeline, Thinning thinning) {
      return new Read(
          pipeline.counts(),
          pipeline.sums(),
          thinning == null ? null : thinning.counts().snapshot());
    }
  }

  /**
   * What the metrics have counted.
   *
   * @param live connections that are open
   */
  record Counted(long live, Map<CountedSum, ConnectionMetrics.Collected> sums) {
    static Counted of(ConnectionMetrics metrics) {
      Map<CountedSum, ConnectionMetrics.Collected> sums = new EnumMap<>(CountedSum.class);
      for (CountedSum sum : CountedSum.values()) {
        sums.put(sum, metrics.collected(sum));
      }
      return new Counted(metrics.active(), sums);
    }
  }

  /** Collections of all metrics. */
  record Collections(long exported, long failed) {}

  private Account() {}

  /** The account of a capture. */
  static Account ofCapture(
      KernelCounters.Snapshot counters, Read read, Counted counted, Exported exported) {
    Account account = new Account();
    long put = 0;
    for (RecordKind kind : RecordKind.values()) {
      account.kernel.add(kernel(kind, counters));
      if (!isRare(kind) || counters.seen(kind) != 0) {
        account.lines.add(account.kernel.getLast().toString());
      }
      put += counters.outcome(kind, ReportOutcome.PUT);
    }
    account.lines.add(String.format("%-15s%d", "kernel unknown", counters.unknown()));
    if (counters.backwards() != 0) {
      account.lines.add(String.format("%-15s %d", "kernel backwards", counters.backwards()));
    }
    if (counters.unnamedCgroups() != 0) {
      account.lines.add(String.format("%-15s%d", "kernel unnamed", counters.unnamedCgroups()));
    }
    account.add(Equation.of("ring", "put", put).part("read", read.records().all()));
    account.add(read(read.records()));
    account.add(connections(counters, read.sums(), counted.live()));
    account.add(attempts(counters, read.sums(), counted.sums().get(CountedSum.ATTEMPTS)));
    Totals.equations(read.sums(), counted).forEach(account.lines::add);
    account.addThinning(read.thinning());
    account.addExported(exported);
    return account;
  }

  /** The account of a replay of {@code records}, of which {@code notRead} stay in the file. */
  static Account ofReplay(
      long records, Read read, long notRead, Counted counted, Exported exported) {
    Account account = new Account();
    account.add(
        Equation.of("file", "", records)
            .part("read", read.records().all())
            .rare("not_read", notRead));
    account.add(read(read.records()));
    Totals.equations(read.sums(), counted).forEach(account.lines::add);
    account.addThinning(read.thinning());
    account.addExported(exported);
    return account;
  }

  private void addThinning(ThinningCounts.Snapshot thinning) {
    if (thinning != null) {
      Equation equation =
          Equation.of("thinning", "due", thinning.due()).part("kept", thinning.kept());
      for (LeftOut reason : LeftOut.values()) {
        equation.rare(reason.value(), thinning.leftOut().get(reason));
      }
      add(equation);
    }
  }

  private void add(Equation equation) {
    run.add(equation);
    lines.add(equation.toString());
  }

  private void addExported(Exported exported) {
    addDelivered("logs", exported.logs());
    addDelivered("spans", exported.spans());
    if (exported.metrics() != null) {
      lines.add(
          String.format(
              "%-15sexported %d, failed %d",
              "metrics", exported.metrics().exported(), exported.metrics().failed()));
    }
  }

  private void addDelivered(String name, Delivered delivered) {
    if (delivered == null) {
      return;
    }
    add(delivered.equation(name));
    if (!delivered.failedByCode().isEmpty()) {
      lines.add(String.format("%-15s%s", name + " failed", delivered.failedByCode()));
    }
  }

  private static boolean isRare(RecordKind kind) {
    return kind == RecordKind.UNOBSERVED || kind == RecordKind.LISTENER;
  }

  private static Equation kernel(RecordKind kind, KernelCounters.Snapshot counters) {
    return Equation.of("kernel " + kind.value(), "seen", counters.seen(kind))
        .part("put", counters.outcome(kind, ReportOutcome.PUT))
        .rare("deferred", counters.outcome(kind, ReportOutcome.DEFERRED))
        .rare("folded", counters.outcome(kind, ReportOutcome.FOLDED))
        .part("filtered", counters.outcome(kind, ReportOutcome.FILTERED))
        .rare("no_storage", counters.outcome(kind, ReportOutcome.NO_STORAGE));
  }

  private static Equation read(ReadCounts read) {
    return Equation.of("read", "", read.all())
        .part("open", read.of(RecordKind.OPEN))
        .part("close", read.of(RecordKind.CLOSE))
        .part("failed", read.of(RecordKind.FAILED))
        .rare("update", read.of(RecordKind.UPDATE))
        .rare("adopted", read.of(RecordKind.ADOPTED))
        .rare("unobserved", read.of(RecordKind.UNOBSERVED))
        .rare("listener", read.of(RecordKind.LISTENER))
        .rare("truncated", read.of(RecordCheck.TRUNCATED))
        .rare("unknown_type", read.of(RecordCheck.UNKNOWN_TYPE))
        .rare("backwards", read.of(RecordCheck.BACKWARDS));
  }

  /**
   * Connections that were filtered at birth are not opened. Those whose open was deferred are live
   * for the metrics once a later record has come.
   */
  private static Equation connections(KernelCounters.Snapshot counters, ReadSums read, long live) {
    return Equation.of("connections", "opened", counters.begun(RecordKind.OPEN))
        .plus("adopted", counters.begun(RecordKind.ADOPTED))
        .plus("late", read.lateOpens() + read.lateAdoptions())
        .part("closed", counters.seen(RecordKind.CLOSE) - counters.adoptedClosed())
        .rare("adopted_closed", counters.adoptedClosed())
        .part("live", live)
        .rare(
            "deferred",
            counters.outcome(RecordKind.OPEN, ReportOutcome.DEFERRED)
                + counters.outcome(RecordKind.ADOPTED, ReportOutcome.DEFERRED));
  }

  /** The attempts that collections show are those that the kernel has seen. */
  private static Equation attempts(
      KernelCounters.Snapshot counters, ReadSums read, ConnectionMetrics.Collected attempts) {
    return Equation.of("attempts", "opened", counters.begun(RecordKind.OPEN))
        .plus(
            "failed",
            counters.outcome(RecordKind.FAILED, ReportOutcome.PUT)
                + counters.outcome(RecordKind.FAILED, ReportOutcome.FOLDED))
        .plus("late", read.lateOpens())
        .part("collected", attempts.shown())
        .rare("to_collect", attempts.waiting())
        .rare("deferred", counters.outcome(RecordKind.OPEN, ReportOutcome.DEFERRED));
  }

  /** All lines and terms. */
  public String text() {
    return "sums" + lines.stream().map(NEW_LINE::concat).collect(Collectors.joining());
  }

  /** The equations about records and connections, with the kinds of reports added up. */
  public List<Equation> summary() {
    List<Equation> summary = new ArrayList<>(run);
    if (!kernel.isEmpty()) {
      summary.addFirst(Equation.sum("kernel", kernel));
    }
    return summary;
  }
}
