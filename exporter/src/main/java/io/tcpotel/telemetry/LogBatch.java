// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Log records on their way to the collector: encoded bytes with room in front for the request's
 * envelope. Filled by one thread, sealed, sent, and then used again; who sends it gives it back
 * only after the call has closed.
 *
 * <p>A collector may find it too large. Then it goes in parts, one after the other, so that the
 * envelope of the next part can lie over the records of those before:
 *
 * <pre>
 * | room | record | record | record | record |   one request
 * | head | record | record |                     its first half
 *          | head          | record | record |   its second, the first being done with
 * </pre>
 */
public final class LogBatch implements MessageWriter {
  final byte[] bytes;
  final int firstRecord;
  final WireWriter head = new WireWriter();
  int start;
  int end;
  int partStart;
  int partEnd;
  private int fillLimit;
  private int records;
  private int partRecords;
  private int partLimit;

  LogBatch(int capacityBytes, int envelopeBytes) {
    this.bytes = new byte[capacityBytes];
    this.firstRecord = envelopeBytes;
    clear(capacityBytes);
  }

  /** Makes it empty again, for a request of at most {@code limitBytes}. */
  public void clear(int limitBytes) {
    fillLimit = Math.min(limitBytes, bytes.length);
    start = firstRecord;
    end = firstRecord;
    partStart = firstRecord;
    partEnd = firstRecord;
    records = 0;
    partRecords = 0;
    partLimit = Integer.MAX_VALUE;
  }

  /** Of the memory, envelope included. */
  public int capacityBytes() {
    return bytes.length;
  }

  boolean hasRoom(int recordBytes) {
    return fillLimit - end >= recordBytes;
  }

  void added(int newEnd) {
    end = newEnd;
    partEnd = newEnd;
    records++;
    partRecords++;
  }

  public int records() {
    return records;
  }

  /** Of the request that is being sent: all, unless it had to be split. */
  public int partRecords() {
    return partRecords;
  }

  /** Whether it goes in parts, since it was too large. */
  public boolean isSplit() {
    return partLimit != Integer.MAX_VALUE;
  }

  /**
   * Makes the part half as large, to be sealed and sent again; false if it is one record. The parts
   * to come are no larger.
   */
  public boolean halvePart() {
    if (partRecords == 1) {
      return false;
    }
    int half = (partEnd - partStart) / 2;
    takePart(partStart, half);
    partLimit = half;
    return true;
  }

  /** Goes on to the part behind this one, to be sealed and sent; false if there is none. */
  public boolean nextPart() {
    if (partEnd == end) {
      return false;
    }
    takePart(partEnd, partLimit);
    return true;
  }

  /** The records from {@code from} on that fit into {@code limit}, at least one. */
  private void takePart(int from, int limit) {
    int to = behindRecord(from);
    int count = 1;
    while (to < end && behindRecord(to) - from <= limit) {
      to = behindRecord(to);
      count++;
    }
    partStart = from;
    partEnd = to;
    partRecords = count;
  }

  /** A record is a key of one byte, a length of two, and as many bytes. */
  private int behindRecord(int at) {
    return at + 3 + (bytes[at + 1] & 0x7f | bytes[at + 2] << 7);
  }

  /** Length of the request, once sealed. */
  @Override
  public int getContentLength() {
    return partEnd - start;
  }

  @Override
  public void writeMessage(OutputStream out) throws IOException {
    out.write(bytes, start, partEnd - start);
  }
}
