// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.ResourceHead;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import java.util.ArrayList;
import java.util.List;

/**
 * The requests of log records: one that is being filled, the others under way. The reader's thread
 * alone uses it. Hot: {@link #add}.
 */
final class RecordRequests {
  final RequestFiller filler;
  final RequestsUnderWay underWay;
  private final boolean keepsCopies;
  private long endSequence;

  RecordRequests(RequestFiller filler, RequestsUnderWay underWay, boolean keepsCopies) {
    this.filler = filler;
    this.underWay = underWay;
    this.keepsCopies = keepsCopies;
  }

  void setPeerNames(PeerNames names) {
    filler.setPeerNames(names);
  }

  /**
   * Encodes a record into a request; false if all are under way.
   *
   * @param peer the workload of the other end; null if it is unknown
   * @param nowNs CLOCK_MONOTONIC, for the request's age
   */
  boolean add(
      ConnectionRecord connection,
      ErrorType error,
      Workload peer,
      long timeNs,
      long observedNs,
      long nowNs) {
    if (keepsCopies && !filler.hasSpare()) {
      return false; // records that cannot be sent soon are safer on the disk than in a buffer
    }
    ResourceHead head = filler.head(connection);
    if (filler.isFull(head)) {
      if (underWay.isOneAtATime() && !underWay.mayFollow(nowNs)) {
        return false;
      }
      send(nowNs);
    }
    return filler.add(head, connection, error, peer, timeNs, observedNs, nowNs);
  }

  /** The last record that was added is the one before {@code sequence} in the spool. */
  void addedBefore(long sequence) {
    endSequence = sequence;
  }

  /** Sends a request that was begun long enough ago. */
  void sendOld(long nowNs) {
    if (!filler.isOld(nowNs)) {
      return;
    }
    // While all buffers are under way, one more request would only be a smaller one.
    if (underWay.isOneAtATime() ? underWay.mayFollow(nowNs) : filler.hasSpare() || filler.grow()) {
      send(nowNs);
    }
  }

  /**
   * @param nowNs CLOCK_MONOTONIC
   */
  void send(long nowNs) {
    RequestBuffer buffer = filler.take();
    if (buffer != null) {
      underWay.send(buffer, endSequence, nowNs);
    }
  }

  boolean isIdle() {
    return filler.records() == 0 && underWay.isIdle();
  }

  /** Takes the records without an answer back, in order; sends nothing afterwards. */
  List<RecordBlock> takeBack() {
    List<RecordBlock> blocks = new ArrayList<>(underWay.takeBack());
    RequestBuffer unsent = filler.take();
    if (unsent != null) {
      blocks.add(unsent.copies());
    }
    return blocks;
  }
}
