// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Failure;
import io.tcpotel.Setting;
import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.otlp.spool.Spool;
import io.tcpotel.telemetry.RecordBatch;

/**
 * The sizes into which the memory for log records is divided: requests, and behind them blocks of
 * records that wait.
 *
 * @param requestBytes of a request's buffer, at most
 * @param blockRecords of a block
 * @param blocks for records that wait
 */
record MemoryPlan(int requestBytes, int blockRecords, int blocks) {
  /** Four requests under way, and one that is being filled. */
  static final int BUFFERS = 5;

  private static final int FIRST_BUFFERS = 2;

  /** Requests are on the heap, of which they may have one part in this many together. */
  private static final int HEAP_SHARE = 2;

  /** One part in this many is a request. */
  private static final int REQUEST_SHARE = 8;

  /** One part in this many is a block. */
  private static final int BLOCK_SHARE = 128;

  private static final int LARGEST_BLOCK_RECORDS = 256;

  /** Usual size of an encoded record, for the number of copies in a buffer; few are smaller. */
  private static final int USUAL_RECORD_BYTES = 640;

  /**
   * @param smallestRequestBytes a request with one record
   * @param heapBytes that the JVM may use
   */
  static MemoryPlan of(RecordDelivery.Bounds bounds, int smallestRequestBytes, long heapBytes) {
    int requestBytes = requestBytes(bounds, smallestRequestBytes);
    requireHeap(requestBytes, heapBytes);
    long share = bounds.queueBytes() / BLOCK_SHARE / RecordBlock.SLOT_BYTES;
    int blockRecords = Math.clamp(share, 1, LARGEST_BLOCK_RECORDS);
    long blockBytes = (long) blockRecords * RecordBlock.SLOT_BYTES;
    boolean hasSpool = bounds.spool() != null;
    long copiesBytes = hasSpool ? copies(requestBytes) * RecordBlock.SLOT_BYTES : 0;
    long bufferBytes = RecordBatch.memoryBytes(requestBytes) + copiesBytes;
    long readBytes = hasSpool ? Spool.READ_BLOCKS * blockBytes : 0;
    long rest = bounds.queueBytes() - BUFFERS * bufferBytes - readBytes;
    return new MemoryPlan(requestBytes, blockRecords, (int) Math.max(1, rest / blockBytes));
  }

  /**
   * Buffers that are made before one is missed: a usual collector has answered before the next
   * request is full. With copies one is always spare, see {@link RequestFiller#hasRoom}.
   */
  static int firstBuffers(boolean keepsCopies) {
    return keepsCopies ? FIRST_BUFFERS + 1 : FIRST_BUFFERS;
  }

  /** Records of which a request of {@code requestBytes} keeps copies. */
  static int copies(int requestBytes) {
    return requestBytes / USUAL_RECORD_BYTES + 1;
  }

  private static void requireHeap(int requestBytes, long heapBytes) {
    long mostBytes = heapBytes / HEAP_SHARE / BUFFERS;
    if (requestBytes > mostBytes) {
      throw Failure.usage(
          Setting.REQUEST_BYTES,
          BUFFERS
              + " requests of "
              + requestBytes
              + " bytes are more than half of the JVM's heap, "
              + (heapBytes >> 20)
              + " MiB",
          "give " + (mostBytes >> 20) + "MiB or less, or the JVM more heap");
    }
  }

  private static int requestBytes(RecordDelivery.Bounds bounds, int smallest) {
    if (bounds.requestBytes() < smallest) {
      throw Failure.usage(
          Setting.REQUEST_BYTES,
          bounds.requestBytes() + " bytes hold no record",
          "give at least " + ((smallest >> 10) + 1) + "KiB; the default is 1MiB");
    }
    long bytes = Math.min(bounds.requestBytes(), bounds.queueBytes() / REQUEST_SHARE);
    if (bytes < smallest) {
      throw Failure.usage(
          Setting.QUEUE_BYTES,
          bounds.queueBytes() + " bytes hold no request",
          "give at least "
              + (((long) smallest * REQUEST_SHARE >> 10) + 1)
              + "KiB; the default is 16MiB");
    }
    return (int) bytes;
  }
}
