// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.PairIds;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Writes protobuf's wire format into a byte array. Hot: allocates nothing; the caller sees to the
 * room. Keys are one byte: field number below 16, shifted by three, and the wire type.
 */
class WireWriter {
  static final int VARINT = 0;
  static final int FIXED64 = 1;
  static final int LENGTH_DELIMITED = 2;

  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** Of a trace id and a span id with their keys and lengths. */
  static final int IDS_BYTES = 2 + 2 * Long.BYTES + 2 + Long.BYTES;

  /** Of a span id alone. */
  static final int ID_BYTES = 2 + Long.BYTES;

  byte[] bytes;
  int at;

  void moveTo(byte[] bytes, int at) {
    this.bytes = bytes;
    this.at = at;
  }

  static byte key(int field, int wireType) {
    return (byte) (field << 3 | wireType);
  }

  static int varintBytes(long value) {
    // A division by 7 of the number of bits, rounded up: exact for up to 64.
    return 9 * (Long.SIZE - Long.numberOfLeadingZeros(value | 1)) + Long.SIZE >>> 6;
  }

  void raw(int value) {
    int next = at;
    bytes[next] = (byte) value;
    at = next + 1;
  }

  void raw(byte[] from) {
    System.arraycopy(from, 0, bytes, at, from.length);
    at += from.length;
  }

  void raw(byte[] from, int length) {
    System.arraycopy(from, 0, bytes, at, length);
    at += length;
  }

  void constant(ConstantBytes constant) {
    at = constant.write(bytes, at);
  }

  void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      bytes[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    bytes[at++] = (byte) rest;
  }

  void fixed64(long value) {
    LONG.set(bytes, at, value);
    at += Long.BYTES;
  }

  void fixed64(int field, long value) {
    raw(key(field, FIXED64));
    fixed64(value);
  }

  /** Trace id and span id, fields of bytes. */
  void ids(int traceIdField, int spanIdField, PairIds ids) {
    raw(key(traceIdField, LENGTH_DELIMITED));
    raw(2 * Long.BYTES);
    bigEndian(ids.traceIdHigh());
    bigEndian(ids.traceIdLow());
    id(spanIdField, ids.spanId());
  }

  /** A span id. */
  void id(int field, long spanId) {
    raw(key(field, LENGTH_DELIMITED));
    raw(Long.BYTES);
    bigEndian(spanId);
  }

  private void bigEndian(long value) {
    fixed64(Long.reverseBytes(value));
  }

  void string(int field, byte[] text, int length) {
    raw(key(field, LENGTH_DELIMITED));
    varint(length);
    raw(text, length);
  }
}
