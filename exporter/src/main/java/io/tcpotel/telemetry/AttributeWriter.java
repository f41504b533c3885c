// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.nio.charset.StandardCharsets;

/**
 * Writes one attribute of a log record, {@code LogRecord.attributes}, a {@code KeyValue}; made
 * once, used for each record. Hot: allocates nothing. All lengths fit one byte: no key or value is
 * longer than about 60. A record, since HotSpot takes the fields of a constant record for
 * constants.
 *
 * @param beginning up to the value, without the two lengths: of the KeyValue, and of the value
 * @param keyBytes of the KeyValue without its value
 */
record AttributeWriter(ConstantBytes beginning, int keyBytes) {
  private static final byte ATTRIBUTES = WireWriter.key(6, WireWriter.LENGTH_DELIMITED);
  private static final byte KEY = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);
  private static final byte VALUE = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);
  private static final byte STRING_VALUE = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);
  private static final byte BOOL_VALUE = WireWriter.key(2, WireWriter.VARINT);
  private static final byte INT_VALUE = WireWriter.key(3, WireWriter.VARINT);
  private static final byte DOUBLE_VALUE = WireWriter.key(4, WireWriter.FIXED64);

  private static final int LENGTH_AT = 1;
  private static final int KEY_AT = 2;

  static AttributeWriter of(LogAttribute attribute) {
    byte[] name = attribute.key().getBytes(StandardCharsets.US_ASCII);
    WireWriter to = new WireWriter();
    to.moveTo(new byte[name.length + 6], 0);
    to.raw(ATTRIBUTES);
    to.raw(0);
    to.raw(KEY);
    to.raw(name.length);
    to.raw(name);
    to.raw(VALUE);
    to.raw(0);
    return new AttributeWriter(ConstantBytes.of(to.bytes, to.at), to.at - KEY_AT);
  }

  private void begin(WireWriter to, int valueBytes) {
    int start = to.at;
    to.constant(beginning);
    to.bytes[start + LENGTH_AT] = (byte) (keyBytes + valueBytes);
    to.bytes[to.at - 1] = (byte) valueBytes;
  }

  void writeInt(WireWriter to, long value) {
    begin(to, 1 + WireWriter.varintBytes(value));
    to.raw(INT_VALUE);
    to.varint(value);
  }

  void writeDouble(WireWriter to, double value) {
    begin(to, 1 + Double.BYTES);
    to.raw(DOUBLE_VALUE);
    to.fixed64(Double.doubleToRawLongBits(value));
  }

  /** The whole attribute with a value that never changes. */
  ConstantBytes of(boolean value) {
    WireWriter to = scratch();
    begin(to, 2);
    to.raw(BOOL_VALUE);
    to.raw(value ? 1 : 0);
    return ConstantBytes.of(to.bytes, to.at);
  }

  /** Likewise. */
  ConstantBytes of(String value) {
    WireWriter to = scratch();
    writeString(to, value.getBytes(StandardCharsets.US_ASCII), value.length());
    return ConstantBytes.of(to.bytes, to.at);
  }

  private static WireWriter scratch() {
    WireWriter to = new WireWriter();
    to.moveTo(new byte[2 * Byte.MAX_VALUE], 0);
    return to;
  }

  void writeString(WireWriter to, byte[] text, int length) {
    begin(to, 2 + length);
    to.raw(STRING_VALUE);
    to.raw(length);
    to.raw(text, length);
  }
}
