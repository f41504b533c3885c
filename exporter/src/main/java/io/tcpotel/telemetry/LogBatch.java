// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;

/**
 * Log records on their way to one request: encoded bytes with room in front for the request's
 * envelope. Filled by one thread, sealed, sent, and then used again; who sends it gives it back
 * only after the call has closed.
 */
public final class LogBatch implements MessageWriter {
  final byte[] bytes;
  final int firstRecord;
  int start;
  int end;
  private int records;
  private long oldestNs;

  LogBatch(int capacityBytes, int envelopeBytes) {
    this.bytes = new byte[capacityBytes];
    this.firstRecord = envelopeBytes;
    clear();
  }

  /** Makes it empty again. */
  public void clear() {
    start = firstRecord;
    end = firstRecord;
    records = 0;
  }

  void added(long nowNs) {
    if (records == 0) {
      oldestNs = nowNs;
    }
    records++;
  }

  public int records() {
    return records;
  }

  /** When the oldest record came, CLOCK_MONOTONIC. */
  public long oldestNs() {
    return oldestNs;
  }

  /** Length of the request, once sealed. */
  @Override
  public int getContentLength() {
    return end - start;
  }

  @Override
  public void writeMessage(OutputStream out) throws IOException {
    out.write(bytes, start, end - start);
  }
}
