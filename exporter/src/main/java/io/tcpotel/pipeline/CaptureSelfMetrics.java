// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import io.opentelemetry.context.Context;
import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.TcpProbe;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.telemetry.MetricAttribute;
import io.tcpotel.telemetry.SelfInstrument;
import io.tcpotel.telemetry.SelfMetrics;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The capture's metrics about itself: the kernel's counters, the ring, the records read. */
final class CaptureSelfMetrics {
  private static final AttributeKey<String> TYPE = MetricAttribute.RECORD_TYPE.key();
  private static final AttributeKey<String> OUTCOME = MetricAttribute.OUTCOME.key();
  private static final Attributes HOOKS =
      Attributes.of(MetricAttribute.PROGRAM_NAME.key(), TcpProbe.HOOKS);
  private static final AttributeKey<String> ERROR = AttributeKey.stringKey("error.type");

  /** Those that found no room in the ring. */
  private static final ReportOutcome[] WITHOUT_ROOM = {
    ReportOutcome.DEFERRED, ReportOutcome.FOLDED
  };

  /** Reading them takes a system call, which copies the counters of all CPUs. */
  private static final Set<SelfInstrument> KERNEL_COUNTERS =
      EnumSet.of(
          SelfInstrument.RINGBUF_DROPPED,
          SelfInstrument.CONNECTION_SEEN,
          SelfInstrument.CONNECTION_UNKNOWN,
          SelfInstrument.CONNECTION_BACKWARDS,
          SelfInstrument.CGROUP_UNNAMED,
          SelfInstrument.CONNECTION_ADOPTED,
          SelfInstrument.CONNECTION_ADOPTED_CLOSED);

  private final Supplier<KernelCounters.Snapshot> counters;
  private final BooleanSupplier isAttached;
  private final LongSupplier ringUsageBytes;
  private final long ringBytes;

  // The reader's counts, published after each drain to the thread that collects.
  private final AtomicLongArray readByKind = new AtomicLongArray(RecordKind.values().length);
  private final AtomicLongArray readByCheck = new AtomicLongArray(RecordCheck.values().length);

  private ExportPipeline pipeline;
  private DoubleHistogram delay;

  CaptureSelfMetrics(
      Supplier<KernelCounters.Snapshot> counters,
      BooleanSupplier isAttached,
      LongSupplier ringUsageBytes,
      long ringBytes) {
    this.counters = counters;
    this.isAttached = isAttached;
    this.ringUsageBytes = ringUsageBytes;
    this.ringBytes = ringBytes;
  }

  void observe(SelfMetrics self, ExportPipeline pipeline) {
    this.pipeline = pipeline;
    this.delay = self.histogram(SelfInstrument.RECORD_DELAY);
    self.observe(SelfInstrument.RINGBUF_RECORDS, this::recordRead);
    self.observe(SelfInstrument.RECORD_PROCESSED, this::recordProcessed);
    self.observe(
        SelfInstrument.ATTACH_ACTIVE, to -> to.record(isAttached.getAsBoolean() ? 1 : 0, HOOKS));
    self.observeTogether(KERNEL_COUNTERS, this::recordKernelCounters);
    self.observe(SelfInstrument.RINGBUF_USAGE, to -> to.record(ringUsageBytes.getAsLong()));
    self.observe(SelfInstrument.RINGBUF_LIMIT, to -> to.record(ringBytes));
    self.observeFraction(
        SelfInstrument.CLOCK_OFFSET_CHANGE, to -> to.record(pipeline.clock().changeNs() / 1e9));
  }

  /** On the reader's thread. */
  void afterDrain() {
    ReadCounts counts = pipeline.counts();
    for (RecordKind kind : RecordKind.values()) {
      readByKind.setRelease(kind.ordinal(), counts.of(kind));
    }
    for (RecordCheck check : RecordCheck.values()) {
      readByCheck.setRelease(check.ordinal(), counts.of(check));
    }
    if (pipeline.firstDelayNs() >= 0) {
      delay.record(pipeline.firstDelayNs() / 1e9, Attributes.empty(), Context.root());
    }
  }

  private void recordRead(ObservableLongMeasurement to) {
    for (RecordKind kind : RecordKind.values()) {
      to.record(readByKind.get(kind.ordinal()), Attributes.of(TYPE, kind.value()));
    }
  }

  private void recordProcessed(ObservableLongMeasurement to) {
    for (RecordCheck check : RecordCheck.values()) {
      Attributes attributes =
          check == RecordCheck.OK
              ? Attributes.empty()
              : Attributes.of(ERROR, check.name().toLowerCase(Locale.ROOT));
      to.record(readByCheck.get(check.ordinal()), attributes);
    }
  }

  private void recordKernelCounters(Function<SelfInstrument, ObservableLongMeasurement> to) {
    KernelCounters.Snapshot kernel = counters.get();
    recordDropped(kernel, to.apply(SelfInstrument.RINGBUF_DROPPED));
    recordSeen(kernel, to.apply(SelfInstrument.CONNECTION_SEEN));
    to.apply(SelfInstrument.CONNECTION_UNKNOWN).record(kernel.unknown());
    to.apply(SelfInstrument.CONNECTION_BACKWARDS).record(kernel.backwards());
    to.apply(SelfInstrument.CGROUP_UNNAMED).record(kernel.unnamedCgroups());
    to.apply(SelfInstrument.CONNECTION_ADOPTED).record(kernel.begun(RecordKind.ADOPTED));
    to.apply(SelfInstrument.CONNECTION_ADOPTED_CLOSED).record(kernel.adoptedClosed());
  }

  private static void recordDropped(KernelCounters.Snapshot kernel, ObservableLongMeasurement to) {
    for (RecordKind kind : RecordKind.values()) {
      long dropped = 0;
      for (ReportOutcome outcome : WITHOUT_ROOM) {
        dropped += kernel.outcome(kind, outcome);
      }
      to.record(dropped, Attributes.of(TYPE, kind.value()));
    }
  }

  private static void recordSeen(KernelCounters.Snapshot kernel, ObservableLongMeasurement to) {
    for (RecordKind kind : RecordKind.values()) {
      for (ReportOutcome outcome : ReportOutcome.values()) {
        Attributes attributes = Attributes.of(TYPE, kind.value(), OUTCOME, outcome.value());
        to.record(kernel.outcome(kind, outcome), attributes);
      }
    }
  }
}
