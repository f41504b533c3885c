// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.LastExport;
import io.tcpotel.otlp.RecordDelivery;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.KernelClock;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.LogEvent;
import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.SelfMetrics;
import io.tcpotel.thinning.Thinning;
import io.tcpotel.workload.PeerNames;
import java.time.Duration;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * The running agent: a source of records, the pipeline that makes telemetry of them, the export to
 * the collector, and the account of all three.
 *
 * <pre>
 * CaptureLoop or ReplayLoop -> ExportPipeline -> ConnectionMetrics, RecordDelivery -> collector
 * </pre>
 *
 * <p>SIGUSR1 prints the account, from the construction on.
 */
public final class Agent {
  /** From the signal to the end of the process are 5 s at most; the rest is for the JVM. */
  static final Duration FLUSH = Duration.ofMillis(3500);

  private final RecordSource source;
  private final CollectorExport export;
  private final ExportPipeline pipeline;
  private final Supplier<Account> account;
  private final AccountPrinter printer;
  private final BooleanSupplier hasReadAll;
  private final ReaderPulse pulse = new ReaderPulse(System::nanoTime);
  private LeftOutReport leftOut;

  /**
   * The telemetry to make.
   *
   * @param metricKeys by which attributes metrics tell connections apart
   * @param zeroFirst whether new cumulative series begin with a point of value 0
   * @param logKinds the kinds of records that become log records
   * @param addresses how much telemetry tells of addresses
   * @param thinning which of these records are left out; null for none
   * @param peerNames names of peers
   */
  public record Telemetry(
      MetricKeys metricKeys,
      boolean zeroFirst,
      Set<RecordKind> logKinds,
      AddressUse addresses,
      Thinning thinning,
      PeerNames peerNames) {
    public static final Telemetry DEFAULT =
        new Telemetry(
            MetricKeys.DEFAULT,
            true,
            LogEvent.END.kinds(),
            AddressUse.FULL,
            null,
            PeerNames.none());
  }

  /** An agent that exports the connections of this machine. */
  public Agent(CaptureLoop loop, CollectorExport export, Telemetry telemetry, Messages messages) {
    ConnectionMetrics metrics = metrics(export, telemetry);
    KernelClock clock = new KernelClock();
    SelfMetrics self = new SelfMetrics(export.meterProvider());
    CaptureSelfMetrics own =
        new CaptureSelfMetrics(
            loop::counters, loop::isAttached, loop::ringUsageBytes, loop.ringBytes());
    this.source = loop;
    this.export = export;
    this.pipeline =
        new ExportPipeline(
            export.workloads(),
            metrics,
            export.logs(),
            telemetry.logKinds(),
            telemetry.addresses(),
            clock,
            clock::offsetNs,
            loop.ringBytes(),
            () -> {
              own.afterDrain();
              afterDrain();
            });
    this.account =
        () ->
            Account.ofCapture(
                loop.counters(),
                Account.Read.of(pipeline, telemetry.thinning()),
                Account.Counted.of(metrics),
                Account.Exported.of(export));
    this.printer = new AccountPrinter(messages, account);
    this.hasReadAll = () -> true;
    pipeline.setSpans(export.spans());
    own.observe(self, pipeline);
    new ProbeSelfMetrics(loop::programRuns, loop::isScopeThere, pulse).observe(self);
    thin(telemetry.thinning(), self, messages);
    begin(self, metrics, loop::askForFolds);
  }

  /** An agent that exports the connections of a recording. */
  public Agent(ReplayLoop loop, CollectorExport export, Telemetry telemetry, Messages messages) {
    ConnectionMetrics metrics = metrics(export, telemetry);
    export.deliveries().forEach(RecordDelivery::expectFile);
    this.source = loop;
    this.export = export;
    this.pipeline =
        new ExportPipeline(
            export.workloads(),
            metrics,
            export.logs(),
            telemetry.logKinds(),
            telemetry.addresses(),
            new KernelClock(),
            loop::offsetNs,
            Long.MAX_VALUE, // a file can wait for any collector
            this::afterDrain);
    this.account =
        () ->
            Account.ofReplay(
                loop.records(),
                Account.Read.of(pipeline, telemetry.thinning()),
                loop.notRead(),
                Account.Counted.of(metrics),
                Account.Exported.of(export));
    this.printer = new AccountPrinter(messages, account);
    pipeline.setSpans(export.spans());
    // More after several runs of the same loop, as in a benchmark.
    this.hasReadAll =
        () ->
            pipeline.counts().of(RecordCheck.OK) + pipeline.counts().of(RecordCheck.BACKWARDS)
                >= loop.records();
    SelfMetrics self = new SelfMetrics(export.meterProvider());
    thin(telemetry.thinning(), self, messages);
    begin(self, metrics, loop::wake);
  }

  private static ConnectionMetrics metrics(CollectorExport export, Telemetry telemetry) {
    export.deliveries().forEach(delivery -> delivery.setPeerNames(telemetry.peerNames()));
    ConnectionMetrics metrics =
        export.connectionMetrics(telemetry.metricKeys(), telemetry.zeroFirst());
    metrics.setPeerNames(telemetry.peerNames());
    return metrics;
  }

  private void thin(Thinning thinning, SelfMetrics self, Messages messages) {
    if (thinning != null) {
      pipeline.setThinning(thinning);
      leftOut = new LeftOutReport(thinning.counts(), messages);
      leftOut.observe(self);
    }
  }

  /**
   * @param wake has the source drain, so that the account can be printed
   */
  private void begin(SelfMetrics self, ConnectionMetrics metrics, Runnable wake) {
    metrics.observe(self);
    export.observe(self);
    printer.handleSignal(wake);
  }

  private void afterDrain() {
    pulse.afterDrain(records());
    printer.afterDrain();
    if (leftOut != null) {
      leftOut.afterDrain();
    }
  }

  /** Reads and exports until {@code stop} says so, or the recording is over. */
  public void run(StopSignal stop) {
    stop.onStop(source::wake);
    source.run(stop, pipeline);
  }

  /** Sends all signals within the deadline; the account tells what did not arrive. */
  public void finish() {
    pipeline.finish();
    uninterrupted(() -> new LastExport(export).run(FLUSH));
  }

  private interface Flush<T> {
    T run() throws InterruptedException;
  }

  private static <T> T uninterrupted(Flush<T> flush) {
    try {
      return flush.run();
    } catch (InterruptedException e) {
      throw Failure.running("flush", "interrupted", "nothing to do", e);
    }
  }

  /** Sends everything as long as the collector takes it; returns whether all has arrived. */
  public boolean flush(StopSignal stop) {
    pipeline.finish();
    return uninterrupted(new ReplayFlush(export, stop)::run) && hasReadAll.getAsBoolean();
  }

  /** That of the thread that runs this agent. */
  public ReaderPulse pulse() {
    return pulse;
  }

  /** Records read so far. */
  public long records() {
    return pipeline.counts().all();
  }

  public Account account() {
    return account.get();
  }

  public void printAccount() {
    printer.print();
  }
}
