// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.nio.charset.StandardCharsets;

/**
 * Writes one attribute of a log record, {@code LogRecord.attributes}, a {@code KeyValue}; made
 * once, used for each record. Hot: allocates nothing. All lengths fit one byte: no key or value is
 * longer than about 60.
 */
final class AttributeWriter {
  private static final byte ATTRIBUTES = WireWriter.key(6, WireWriter.LENGTH_DELIMITED);
  private static final byte KEY = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);
  private static final byte VALUE = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);
  private static final byte STRING_VALUE = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);
  private static final byte BOOL_VALUE = WireWriter.key(2, WireWriter.VARINT);
  private static final byte INT_VALUE = WireWriter.key(3, WireWriter.VARINT);
  private static final byte DOUBLE_VALUE = WireWriter.key(4, WireWriter.FIXED64);

  /** {@code KeyValue.key} and the key of {@code KeyValue.value}. */
  private final byte[] prefix;

  AttributeWriter(LogAttribute attribute) {
    byte[] name = attribute.key().getBytes(StandardCharsets.US_ASCII);
    prefix = new byte[name.length + 3];
    prefix[0] = KEY;
    prefix[1] = (byte) name.length;
    System.arraycopy(name, 0, prefix, 2, name.length);
    prefix[prefix.length - 1] = VALUE;
  }

  private void begin(WireWriter to, int valueBytes) {
    to.raw(ATTRIBUTES);
    to.raw(prefix.length + 1 + valueBytes);
    to.raw(prefix);
    to.raw(valueBytes);
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

  void writeBoolean(WireWriter to, boolean value) {
    begin(to, 2);
    to.raw(BOOL_VALUE);
    to.raw(value ? 1 : 0);
  }

  void writeString(WireWriter to, byte[] text, int length) {
    begin(to, 2 + length);
    to.raw(STRING_VALUE);
    to.raw(length);
    to.raw(text, length);
  }
}
