// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Messages;
import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.otlp.spool.Spool;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.RecordEncoder;
import io.tcpotel.telemetry.RecordEnvelope;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Takes log records, or spans, from the ring to the collector within a fixed amount of memory: a
 * few requests, behind them a backlog in memory for records that find no room in one, and between
 * the two, if there is one, a spool on the disk. Records that find no room anywhere are dropped and
 * counted.
 *
 * <pre>
 * ring -> backlog -> spool -> requests -> collector      oldest records to the right
 *           `---- if the spool is empty ----^
 * `------- if the backlog is, too ---------'
 * </pre>
 *
 * <p>One thread calls. Hot: {@link #wantsNext} and {@link #add}.
 */
public final class RecordDelivery implements AutoCloseable {
  private final Messages messages;
  private final String items;
  private final RecordRequests requests;
  private final WaitingRecords waiting;
  private final RingAdmission admission;
  private final RecordFlush flush;
  private final AddressUse addresses;
  private final ConnectionRecord oldest = new ConnectionRecord();
  private final DeliveryCounts counts = new DeliveryCounts();
  private long nowNs = System.nanoTime();
  private long observedNs;
  private long reportedDropped;

  /**
   * How much at a time, and how long.
   *
   * @param queueBytes memory in all
   * @param requestBytes of a request, at most
   * @param retryFor how long a collector that answers may refuse a request
   * @param spool directory for records that wait longer; null for none
   * @param spoolBytes of its files, at most
   * @param deliveries that divide the JVM's heap among themselves
   */
  public record Bounds(
      long queueBytes,
      int requestBytes,
      Duration retryFor,
      Path spool,
      long spoolBytes,
      int deliveries) {
    /** Of the only delivery. */
    public Bounds(
        long queueBytes, int requestBytes, Duration retryFor, Path spool, long spoolBytes) {
      this(queueBytes, requestBytes, retryFor, spool, spoolBytes, 1);
    }

    /** Without a spool. */
    public Bounds(long queueBytes, int requestBytes, Duration retryFor) {
      this(queueBytes, requestBytes, retryFor, null, 0);
    }
  }

  /**
   * @param workloads to which the records belong
   * @param envelope with the resource of each workload
   * @param encoder of the signal
   * @param onRoom called on another thread when there is room in a request for waiting records
   */
  RecordDelivery(
      WorkloadTable workloads,
      RecordEnvelope envelope,
      RecordEncoder encoder,
      RecordTransport transport,
      Bounds bounds,
      Messages messages,
      Runnable onRoom) {
    this.messages = messages;
    this.items = encoder.items();
    this.addresses = encoder.addresses();
    boolean hasSpool = bounds.spool() != null;
    int smallestBytes = envelope.smallestBatchBytes();
    MemoryPlan plan =
        MemoryPlan.of(
            bounds, smallestBytes, Runtime.getRuntime().maxMemory() / bounds.deliveries());
    FreeBuffers<RequestBuffer> free = new FreeBuffers<>(onRoom);
    RequestLimit limit = new RequestLimit(plan.requestBytes(), smallestBytes);
    this.requests =
        new RecordRequests(
            new RequestFiller(
                workloads, envelope, encoder, plan.requestBytes(), limit, hasSpool, free),
            new RequestsUnderWay(
                transport, limit, hasSpool, counts, encoder.items(), messages, free),
            hasSpool);
    this.waiting =
        new WaitingRecords(
            new RecordBacklog(plan.blockRecords(), plan.blocks()),
            hasSpool ? spool(bounds, plan, messages, onRoom) : null,
            counts);
    this.admission = new RingAdmission(waiting, requests, free);
    this.flush = new RecordFlush(waiting, requests, transport, counts, this::tick);
  }

  private Spool spool(Bounds bounds, MemoryPlan plan, Messages messages, Runnable onRoom) {
    return new Spool(
        bounds.spool(), bounds.spoolBytes(), plan.blockRecords(), counts.spool(), messages, onRoom);
  }

  public DeliveryCounts counts() {
    return counts;
  }

  /** Log records that can wait in memory besides those in requests. */
  public long capacity() {
    return waiting.capacity();
  }

  /** The largest size of the spool; 0 without one. */
  public long spoolLimitBytes() {
    return waiting.spoolLimitBytes();
  }

  /** The ring is about to be drained: the time of the records until {@link #tick}. */
  public void beforeDrain(long nowNs, long observedNs) {
    this.nowNs = nowNs;
    this.observedNs = observedNs;
    encodeWaiting();
    admission.beforeDrain();
  }

  /**
   * Whether to {@link #add} the next record, or to leave it in the ring.
   *
   * @param room for it to wait there
   */
  public boolean wantsNext(RingRoom room) {
    return admission.admits(room, nowNs);
  }

  /** A file gives records as fast as they are taken: makes all buffers as soon as one is missed. */
  public void expectFile() {
    requests.filler.allowAllBuffers();
  }

  /** The names of peers from now on. */
  public void setPeerNames(PeerNames names) {
    requests.setPeerNames(names);
  }

  /**
   * Takes a record. One that has to wait is sent without its peer's workload, which may have
   * changed by then.
   *
   * @param peer the workload of the other end; null if it is unknown
   * @param timeNs the wall clock of its event
   */
  public void add(ConnectionRecord connection, ErrorType error, Workload peer, long timeNs) {
    counts.ended.add(1);
    if (waiting.isEmpty() && requests.add(connection, error, peer, timeNs, observedNs, nowNs)
        || waiting.add(connection, timeNs, observedNs, nowNs)) {
      counts.waiting.add(1);
    } else {
      counts.queueFull.add(1);
    }
  }

  /**
   * Moves waiting records on: to be called after each drain, and at least every few tens of
   * milliseconds.
   */
  public void tick(long nowNs) {
    this.nowNs = nowNs;
    reportDropped();
    encodeWaiting();
    waiting.moveToSpool(nowNs);
    admission.afterDrain();
    requests.sendOld(nowNs);
  }

  private void encodeWaiting() {
    waiting.answered(requests.underWay.answeredSequence());
    requests.underWay.setOneAtATime(waiting.isSpooled());
    for (RecordBlock next = waiting.next(); next != null; next = waiting.next()) {
      next.copyNext(oldest);
      oldest.maskCopy(addresses);
      ErrorType error = ErrorType.of(oldest);
      if (!requests.add(oldest, error, null, next.nextTimeNs(), next.nextObservedNs(), nowNs)) {
        return;
      }
      waiting.remove();
      admission.foundRoom(nowNs);
      requests.addedBefore(waiting.takenBefore());
    }
  }

  private void reportDropped() {
    long dropped = counts.queueFull();
    if (dropped > reportedDropped) {
      reportedDropped = dropped;
      messages.sayOnceAMinute(
          "queue full " + items, items + " are dropped and counted: the queue's memory is used up");
    }
  }

  /**
   * Sends everything that waits, in the spool too; false if not all of it has an answer by {@code
   * deadlineNs} (CLOCK_MONOTONIC): nothing is given up then, and it can be called again.
   */
  public boolean flush(long deadlineNs) throws InterruptedException {
    return flush.flush(deadlineNs);
  }

  /**
   * Sends everything that waits in memory and returns when it has arrived, or soon after {@code
   * deadlineNs} (CLOCK_MONOTONIC): the rest goes to the spool, or is counted as dropped.
   */
  public void finish(long deadlineNs) throws InterruptedException {
    flush.finish(deadlineNs);
  }

  /** Ends at once; without {@link #finish} before, the records in memory are lost. */
  @Override
  public void close() {
    waiting.close();
  }
}
