// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Trace id and span ids of a connection. They follow from its two initial sequence numbers, which
 * both hosts know and address translation leaves alone, so both ends of a connection have one trace
 * id and know each other's span id. The trace id is SipHash-2-4-128 of the lower and the higher
 * number; a span id is derived from it for the end with the lower number and for the other, since
 * roles do not tell the ends of a simultaneous open apart. A connect that failed knows one number
 * only: its ids are its own.
 *
 * <p>A view that is used again. Hot: allocates nothing, throws nothing. One thread uses it.
 */
public final class PairIds {
  public static final int KEY_BYTES = 16;

  private static final byte[] PUBLIC_KEY = "tcpotel pair ids".getBytes(StandardCharsets.US_ASCII);
  private static final long LOWER_END = 0x9e3779b97f4a7c15L;
  private static final long HIGHER_END = 0xc2b2ae3d27d4eb4fL;

  private final SipHash128 hash;
  private boolean isPaired;
  private long spanId;
  private long parentEnd;

  /** With the key that all installations share. */
  public PairIds() {
    this(PUBLIC_KEY);
  }

  /**
   * @param key of {@link #KEY_BYTES}; both ends must have the same
   */
  public PairIds(byte[] key) {
    ByteBuffer words = ByteBuffer.wrap(key).order(ByteOrder.LITTLE_ENDIAN);
    this.hash = new SipHash128(words.getLong(0), words.getLong(Long.BYTES));
  }

  /** The ids are those of this connection from now on. */
  public void take(ConnectionRecord connection) {
    isPaired = connection.connSuccess() && connection.peerIsn() + connection.localIsn() != 0;
    if (isPaired) {
      takePair(connection.localIsn(), connection.peerIsn(), ConnectionRole.of(connection));
    } else {
      takeAlone(connection);
    }
  }

  private void takePair(long localIsn, long peerIsn, ConnectionRole role) {
    boolean server = role == ConnectionRole.SERVER;
    boolean lower = localIsn < peerIsn || localIsn == peerIsn && !server;
    hash.begin();
    hash.add(Math.min(localIsn, peerIsn) | Math.max(localIsn, peerIsn) << 32);
    hash.end();
    spanId = span(lower ? LOWER_END : HIGHER_END);
    parentEnd = server ? lower ? HIGHER_END : LOWER_END : 0;
  }

  /** The length of the input keeps these apart from pairs. */
  private void takeAlone(ConnectionRecord connection) {
    hash.begin();
    hash.add(connection.localIsn() | (long) connection.localPort() << 32);
    hash.add(connection.connectionId());
    hash.add(connection.netnsCookie());
    hash.add(connection.closeNs());
    hash.end();
    spanId = span(LOWER_END);
    parentEnd = 0;
  }

  /** A bijection of the trace id's lower half, by the finalizer of MurmurHash3; never 0. */
  private long span(long end) {
    long mixed = traceIdLow() ^ end;
    mixed = (mixed ^ mixed >>> 33) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
    mixed ^= mixed >>> 33;
    return mixed == 0 ? end : mixed;
  }

  /** Whether the other end of the connection has the same trace id. */
  public boolean isPaired() {
    return isPaired;
  }

  /** The first eight bytes, as a number in network byte order. */
  public long traceIdHigh() {
    return Long.reverseBytes(hash.high());
  }

  /** The last eight bytes; the lower 56 bits are random, as sampling needs them. Never 0. */
  public long traceIdLow() {
    return hash.low() == 0 ? 1 : Long.reverseBytes(hash.low());
  }

  /** That of this end; never 0. */
  public long spanId() {
    return spanId;
  }

  /** The client's span id in a record of the server; else 0. */
  public long parentSpanId() {
    return parentEnd == 0 ? 0 : span(parentEnd);
  }
}
