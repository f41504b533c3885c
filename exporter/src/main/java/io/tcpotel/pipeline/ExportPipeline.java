// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.otlp.RecordDelivery;
import io.tcpotel.otlp.RingRoom;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.FoldedEnds;
import io.tcpotel.record.KernelClock;
import io.tcpotel.record.ListenerRecord;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.record.RecordDifferences;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.SpanEncoder;
import io.tcpotel.thinning.Thinning;
import io.tcpotel.workload.PeerWorkloads;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.lang.foreign.MemorySegment;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * Makes telemetry of a record: first the metrics, which are never dropped, then the log record and
 * the span. Hot: allocates nothing, throws nothing.
 */
public final class ExportPipeline implements CaptureHandler {
  private final ConnectionRecord connection = new ConnectionRecord();
  private final ListenerRecord listener = new ListenerRecord();
  private final FoldedEnds folded = new FoldedEnds();
  private final ReadCounts counts = new ReadCounts();
  private final ReadSums sums = new ReadSums();
  private final WorkloadTable workloads;
  private final PeerWorkloads peers;
  private final ConnectionMetrics metrics;
  private final RecordDelivery logs;
  private final Set<RecordKind> logKinds;
  private final AddressUse addresses;
  private final Runnable afterDrain;
  private final KernelClock clock;
  private final LongSupplier offsetNs;
  private final long ringBytes;
  private Thinning thinning;
  private RecordDelivery spans;
  private boolean ending;
  private long nowNs;
  private long recordOffsetNs;
  private long firstDelayNs;

  /**
   * @param workloads to which the connections belong
   * @param logs null if logs are off
   * @param logKinds the kinds of records that become log records
   * @param addresses how much telemetry tells of addresses
   * @param offsetNs what is added to a record's time to get its wall clock; asked before each drain
   * @param ringBytes the ring's size; {@link Long#MAX_VALUE} if what waits there can wait for ever
   * @param afterDrain called after each drain
   */
  public ExportPipeline(
      WorkloadTable workloads,
      ConnectionMetrics metrics,
      RecordDelivery logs,
      Set<RecordKind> logKinds,
      AddressUse addresses,
      KernelClock clock,
      LongSupplier offsetNs,
      long ringBytes,
      Runnable afterDrain) {
    this.workloads = workloads;
    this.peers = workloads.tellsWorkloadsApart() ? new PeerWorkloads() : PeerWorkloads.none();
    this.metrics = metrics;
    this.logs = logs;
    this.logKinds = logKinds;
    this.addresses = addresses;
    this.clock = clock;
    this.offsetNs = offsetNs;
    this.ringBytes = ringBytes;
    this.afterDrain = afterDrain;
  }

  /**
   * @param thinning null if nothing is thinned
   */
  void setThinning(Thinning thinning) {
    this.thinning = thinning;
  }

  /**
   * @param spans null if traces are off
   */
  public void setSpans(RecordDelivery spans) {
    this.spans = spans;
  }

  public ReadCounts counts() {
    return counts;
  }

  ReadSums sums() {
    return sums;
  }

  /** How long the first end of the last drain had waited in the ring; -1 if there was none. */
  long firstDelayNs() {
    return firstDelayNs;
  }

  public KernelClock clock() {
    return clock;
  }

  @Override
  public void beforeDrain() {
    nowNs = clock.refresh();
    recordOffsetNs = offsetNs.getAsLong();
    firstDelayNs = -1;
    workloads.tick(nowNs);
    peers.tick(nowNs);
    metrics.tick(nowNs);
    metrics.setOffsetNs(recordOffsetNs);
    if (logs != null) {
      logs.beforeDrain(System.nanoTime(), clock.toEpochNs(nowNs));
    }
    if (spans != null) {
      spans.beforeDrain(System.nanoTime(), clock.toEpochNs(nowNs));
    }
  }

  /**
   * A burst that finds no room in a request waits in the ring, and its metrics with it; so does
   * what finds none in memory at all. Once the ring is three quarters full it is taken all the
   * same, and what then finds no room in memory has its detail dropped and counted: a collector
   * must never be the reason for what the kernel cannot report. Spans are given up first: for them
   * a record waits only up to a quarter of the ring. Behind records in memory it waits up to an
   * eighth, less than {@link DrainTimer} takes for a reason not to sleep.
   */
  @Override
  public boolean wantsNext(long waitingBytes) {
    return wants(logs, waitingBytes, ringBytes / 4 * 3)
        && wants(spans, waitingBytes, ringBytes / 4);
  }

  private boolean wants(RecordDelivery delivery, long waitingBytes, long fullBytes) {
    if (delivery == null || ending) {
      return true;
    }
    RingRoom room = RingRoom.of(waitingBytes, ringBytes / 8, fullBytes);
    return delivery.wantsNext(room) || room == RingRoom.NONE;
  }

  /** The last record has come. */
  void finish() {
    metrics.finish();
  }

  @Override
  public void endOfCapture() {
    ending = true;
  }

  @Override
  public void onRecord(MemorySegment data, long offset, int length) {
    connection.copyFrom(data, offset);
    if (connection.kind() == RecordKind.LISTENER) {
      takeListener(data, offset, length);
      return;
    }
    RecordCheck check = connection.check(length);
    counts.count(check, connection.kind());
    if (check == RecordCheck.BACKWARDS) {
      RecordDifferences.forget(connection);
    }
    if (check.isReadable()) {
      take();
    }
  }

  private void takeListener(MemorySegment data, long offset, int length) {
    RecordCheck check = listener.copyFrom(data, offset).check(length);
    counts.count(check, RecordKind.LISTENER);
    if (check.isReadable()) {
      Workload workload = workloads.of(listener.cgroupId());
      metrics.listeners().record(listener, workload);
      peers.addListener(
          listener.netnsCookie(),
          listener.address(0),
          listener.address(1),
          listener.port(),
          workload);
    }
  }

  @Override
  public void afterWalk() {
    metrics.listeners().endOfWalk();
  }

  private void take() {
    if (firstDelayNs < 0) {
      firstDelayNs = Math.max(0, nowNs - connection.closeNs());
    }
    ErrorType error = ErrorType.of(connection);
    sums.add(connection);
    Workload workload = workloads.of(connection.cgroupId());
    Workload peer = peers.take(connection, workload);
    connection.mask(addresses);
    metrics.record(connection, error, workload, peer);
    addDetail(error, peer);
  }

  /** A connection has its log record and its span, or it has neither. */
  private void addDetail(ErrorType error, Workload peer) {
    boolean isLogged = logs != null && logKinds.contains(connection.kind());
    boolean isTraced = spans != null && SpanEncoder.KINDS.contains(connection.kind());
    long timeNs = connection.closeNs() + recordOffsetNs;
    if (!isLogged && !isTraced || thinning != null && !thinning.keeps(connection, error, timeNs)) {
      return;
    }
    if (isLogged) {
      logs.add(connection, error, peer, timeNs);
    }
    if (isTraced) {
      spans.add(connection, error, peer, timeNs);
    }
  }

  @Override
  public void onFold(MemorySegment key, MemorySegment difference) {
    folded.at(key, difference);
    sums.add(folded);
    metrics.recordFolded(folded, workloads.of(folded.cgroupId()));
  }

  @Override
  public void afterDrain() {
    if (logs != null) {
      logs.tick(System.nanoTime());
    }
    if (spans != null) {
      spans.tick(System.nanoTime());
    }
    afterDrain.run();
  }
}
