// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Log records on their way to the collector: encoded bytes in the order in which the records came,
 * and to which resource each belongs. Filled by one thread, sealed, sent, and then used again; who
 * sends it gives it back only after the call has closed.
 *
 * <p>A collector may find it too large. Then it goes in parts, one after the other, each with the
 * records of some time.
 */
public final class RecordBatch implements MessageWriter {
  /**
   * There is room for a run of records of one resource in so many bytes; few records are smaller.
   */
  private static final int RUN_BYTES = 256;

  /** More than any log record takes, and any span. */
  static final int MAX_RECORD_BYTES =
      Math.max(LogEncoder.MAX_RECORD_BYTES, SpanEncoder.MAX_RECORD_BYTES);

  final byte[] bytes;
  private final ResourceGroups groups;
  private final Part part = new Part();
  int end;
  private int fillLimit;
  private int records;
  private int partLimit;

  /** The records of the request that is being sent. */
  private static final class Part {
    int start;
    int end;
    int records;

    /** Of the request, once sealed. */
    int requestBytes;
  }

  RecordBatch(int capacityBytes) {
    this.bytes = new byte[capacityBytes];
    this.groups = new ResourceGroups(mostRuns(capacityBytes));
    clear(capacityBytes);
  }

  private static int mostRuns(int capacityBytes) {
    return capacityBytes / RUN_BYTES + 1;
  }

  /** Memory that a batch of {@code capacityBytes} takes. */
  public static long memoryBytes(int capacityBytes) {
    return capacityBytes + mostRuns(capacityBytes) * (long) ResourceGroups.RUN_MEMORY_BYTES;
  }

  /** Makes it empty again, for a request of at most {@code limitBytes}. */
  public void clear(int limitBytes) {
    fillLimit = Math.min(limitBytes, bytes.length);
    groups.clear();
    end = 0;
    part.start = 0;
    part.end = 0;
    part.records = 0;
    records = 0;
    partLimit = Integer.MAX_VALUE;
  }

  /** Whether another record of this resource, as a log record or as a span, is sure to fit. */
  public boolean hasRoom(ResourceHead head) {
    return hasRoom(MAX_RECORD_BYTES, head);
  }

  /** Whether a record of {@code recordBytes} and of this resource fits. */
  boolean hasRoom(int recordBytes, ResourceHead head) {
    return fillLimit - groups.headBytes(head) - end >= recordBytes && groups.hasRoom(head);
  }

  /** The records to come, of which there is one at least, are of this resource. */
  public void begin(ResourceHead head) {
    groups.begin(head);
  }

  /**
   * Moves {@code to} behind the head of the next record: its key, and room for its length, which
   * always takes two bytes, since a record has from 128 to 16383. Returns where it begins.
   */
  int beginRecord(WireWriter to, byte key) {
    to.moveTo(bytes, end);
    to.raw(key);
    to.at += 2;
    return to.at;
  }

  /** The record that begins at {@code begin} has been written. */
  void endRecord(WireWriter to, int begin) {
    int length = to.at - begin;
    bytes[begin - 2] = (byte) (length | 0x80);
    bytes[begin - 1] = (byte) (length >> 7);
    end = to.at;
    part.end = end;
    groups.added(end);
    records++;
    part.records++;
  }

  public int records() {
    return records;
  }

  /** Of the request that is being sent: all, unless it had to be split. */
  public int partRecords() {
    return part.records;
  }

  /** Whether it goes in parts, since it was too large. */
  public boolean isSplit() {
    return partLimit != Integer.MAX_VALUE;
  }

  /** Completes the request with the present part; the batch takes no more records. */
  public void seal() {
    part.requestBytes = groups.seal(part.start, part.end);
  }

  /**
   * Makes the part half as large, to be sealed and sent again; false if it is one record. The parts
   * to come are no larger.
   */
  public boolean halvePart() {
    if (part.records == 1) {
      return false;
    }
    int half = measure(part.start, part.end) / 2;
    takePart(part.start, half);
    partLimit = half;
    return true;
  }

  /** Goes on to the part behind this one, to be sealed and sent; false if there is none. */
  public boolean nextPart() {
    if (part.end == end) {
      return false;
    }
    takePart(part.end, partLimit);
    return true;
  }

  /** Of the records from {@code from} to {@code to} with their heads, the first one excepted. */
  private int measure(int from, int to) {
    groups.beginPart();
    int at = behindRecord(from);
    groups.take(from, at);
    int size = at - from;
    while (at < to) {
      int next = behindRecord(at);
      size += groups.take(at, next);
      at = next;
    }
    return size;
  }

  /** The records from {@code from} on of which the measure is {@code limit}, at least one. */
  private void takePart(int from, int limit) {
    part.start = from;
    part.end = behindRecord(from);
    part.records = 1;
    int size = measure(from, part.end);
    while (part.end < end) {
      int next = behindRecord(part.end);
      size += groups.take(part.end, next);
      if (size > limit) {
        return;
      }
      part.end = next;
      part.records++;
    }
  }

  /** A record is a key of one byte, a length of two, and as many bytes. */
  private int behindRecord(int at) {
    return at + 3 + (bytes[at + 1] & 0x7f | bytes[at + 2] << 7);
  }

  /** Length of the request, once sealed. */
  @Override
  public int getContentLength() {
    return part.requestBytes;
  }

  @Override
  public void writeMessage(OutputStream out) throws IOException {
    groups.write(out, bytes, part.start, part.end);
  }
}
