// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.LogOwner;
import io.tcpotel.telemetry.RecordEncoder;
import io.tcpotel.telemetry.RecordEnvelope;
import io.tcpotel.telemetry.ResourceHead;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;

/**
 * Encodes records into the buffer of the next request. The reader's thread alone uses it. Hot:
 * {@link #add} allocates per buffer at most.
 */
final class RequestFiller {
  /**
   * So long a record waits for others: each request costs as much as a hundred records, so a quiet
   * host saves by few.
   */
  private static final long OLD_NS = 300_000_000L;

  private final WorkloadTable workloads;
  private final RecordEnvelope envelope;
  private final int bufferBytes;
  private final RequestLimit limit;
  private final boolean keepsCopies;
  private final FreeBuffers<RequestBuffer> free;
  private final RecordEncoder encoder;
  private int buffers;
  private int mostBuffers;
  private RequestBuffer filling;
  private long fillingSinceNs;

  /**
   * @param encoder of the signal
   * @param bufferBytes of a request, at most
   * @param keepsCopies whether buffers keep the records of which they are made
   */
  RequestFiller(
      WorkloadTable workloads,
      RecordEnvelope envelope,
      RecordEncoder encoder,
      int bufferBytes,
      RequestLimit limit,
      boolean keepsCopies,
      FreeBuffers<RequestBuffer> free) {
    this.workloads = workloads;
    this.encoder = encoder;
    this.envelope = envelope;
    this.bufferBytes = bufferBytes;
    this.limit = limit;
    this.keepsCopies = keepsCopies;
    this.free = free;
    this.mostBuffers = MemoryPlan.firstBuffers(keepsCopies);
  }

  void setPeerNames(PeerNames names) {
    encoder.setPeerNames(names);
  }

  /** Whether there is a buffer that is neither being filled nor in a request. */
  boolean hasSpare() {
    return buffers < mostBuffers || !free.isEmpty();
  }

  /** Allows one more buffer, for good; false if there are all. */
  boolean grow() {
    if (mostBuffers == MemoryPlan.BUFFERS) {
      return false;
    }
    mostBuffers++;
    return true;
  }

  void allowAllBuffers() {
    mostBuffers = MemoryPlan.BUFFERS;
  }

  /**
   * Whether a record of the agent's resource finds room in a buffer, as one of another most often
   * does then.
   */
  boolean hasRoom() {
    // With a spool, records that cannot be sent soon are safer on the disk than in a buffer.
    return hasSpare()
        || !keepsCopies && filling != null && filling.hasRoom(envelope.head(Workload.AGENT));
  }

  /** What stands in front of the record in a request. */
  ResourceHead head(ConnectionRecord connection) {
    return envelope.head(LogOwner.of(connection, workloads));
  }

  /** Whether the buffer has no room for a record of this resource. */
  boolean isFull(ResourceHead head) {
    return filling != null && !filling.hasRoom(head);
  }

  /** Whether the oldest record has waited long enough for others. */
  boolean isOld(long nowNs) {
    return filling != null && nowNs - fillingSinceNs >= OLD_NS;
  }

  /** Number of records in the buffer. */
  int records() {
    return filling == null ? 0 : filling.batch().records();
  }

  /** Encodes a record if the buffer {@link #isFull is not full}; false if there is no buffer. */
  boolean add(
      ResourceHead head,
      ConnectionRecord connection,
      ErrorType error,
      Workload peer,
      long timeNs,
      long observedNs,
      long nowNs) {
    if (filling == null) {
      filling = nextBuffer(nowNs);
      if (filling == null) {
        return false;
      }
      fillingSinceNs = nowNs;
    }
    filling.batch().begin(head);
    encoder.append(filling.batch(), connection, error, peer, timeNs, observedNs);
    if (keepsCopies) {
      filling.copies().add(connection, timeNs, observedNs);
    }
    return true;
  }

  private RequestBuffer nextBuffer(long nowNs) {
    RequestBuffer buffer = free.poll();
    // The room that a record was admitted for may be too small for another resource's.
    if (buffer == null && buffers == mostBuffers && !grow()) {
      return null;
    }
    if (buffer == null) {
      buffers++;
      buffer = newBuffer();
    }
    buffer.clear(limit.bytes(nowNs));
    return buffer;
  }

  private RequestBuffer newBuffer() {
    RecordBlock copies = keepsCopies ? new RecordBlock(MemoryPlan.copies(bufferBytes)) : null;
    return new RequestBuffer(envelope.newBatch(bufferBytes), copies);
  }

  /** The buffer, to be sent; null if it is empty. */
  RequestBuffer take() {
    RequestBuffer full = filling;
    filling = null;
    return full;
  }
}
