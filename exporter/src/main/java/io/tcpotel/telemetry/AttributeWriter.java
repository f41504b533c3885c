// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.function.Function;

/**
 * Writes one attribute of a log record or a span, a {@code KeyValue}, if it is selected; made once,
 * used for each record. Hot: allocates nothing. All lengths fit one byte. A record, since HotSpot
 * takes the fields of a constant record for constants.
 *
 * @param ordinal of its {@link LogAttribute}
 * @param beginning up to the value, without the key of the message's field and without the two
 *     lengths: of the KeyValue, and of the value
 * @param keyBytes of the KeyValue without its value
 */
record AttributeWriter(int ordinal, ConstantBytes beginning, int keyBytes) {
  private static final byte KEY = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);
  private static final byte VALUE = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);
  private static final byte STRING_VALUE = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);
  private static final byte BOOL_VALUE = WireWriter.key(2, WireWriter.VARINT);
  private static final byte INT_VALUE = WireWriter.key(3, WireWriter.VARINT);
  private static final byte DOUBLE_VALUE = WireWriter.key(4, WireWriter.FIXED64);

  private static final int KEY_AT = 2;
  private static final int LONGEST_INT_BYTES = 10;

  static AttributeWriter of(LogAttribute attribute) {
    byte[] name = attribute.key().getBytes(StandardCharsets.US_ASCII);
    WireWriter to = new WireWriter();
    to.moveTo(new byte[name.length + 6], 0);
    to.raw(0);
    to.raw(0);
    to.raw(KEY);
    to.raw(name.length);
    to.raw(name);
    to.raw(VALUE);
    to.raw(0);
    return new AttributeWriter(
        attribute.ordinal(), ConstantBytes.of(to.bytes, to.at), to.at - KEY_AT);
  }

  /** Bytes of the longest value, an {@code AnyValue}: its field's key and what follows. */
  static int longestValueBytes(LogAttribute attribute) {
    return switch (attribute.type().split(",")[0]) {
      case "boolean" -> 1 + 1;
      case "int" -> 1 + LONGEST_INT_BYTES;
      case "double" -> 1 + Double.BYTES;
      default -> 1 + WireWriter.varintBytes(attribute.longestText()) + attribute.longestText();
    };
  }

  /** Bytes of the attribute with its longest value. */
  static int longestBytes(LogAttribute attribute) {
    int keyBytes = of(attribute).keyBytes();
    int bytes = keyBytes + longestValueBytes(attribute);
    if (bytes > Byte.MAX_VALUE) {
      throw new IllegalStateException(attribute + ": a length of " + bytes + " takes two bytes");
    }
    return KEY_AT + bytes;
  }

  /** Returns where the value begins. */
  private int begin(AttributeOutput to) {
    to.constant(beginning);
    return to.at;
  }

  /** Writes the field's key, and the two lengths, each in front of what it is of. */
  private void end(AttributeOutput to, int valueAt) {
    int valueBytes = to.at - valueAt;
    to.bytes[valueAt - keyBytes - KEY_AT] = to.fieldKey;
    to.bytes[valueAt - 1] = (byte) valueBytes;
    to.bytes[valueAt - keyBytes - 1] = (byte) (keyBytes + valueBytes);
  }

  /** Whether it is selected. */
  boolean isIn(AttributeOutput to) {
    return to.has(ordinal);
  }

  void writeInt(AttributeOutput to, long value) {
    if (isIn(to)) {
      int valueAt = begin(to);
      to.raw(INT_VALUE);
      to.varint(value);
      end(to, valueAt);
    }
  }

  void writeDouble(AttributeOutput to, double value) {
    if (isIn(to)) {
      int valueAt = begin(to);
      to.raw(DOUBLE_VALUE);
      to.fixed64(Double.doubleToRawLongBits(value));
      end(to, valueAt);
    }
  }

  /** Writes nothing for 0. */
  void writeCount(AttributeOutput to, long count) {
    if (count != 0) {
      writeInt(to, count);
    }
  }

  /** Writes a time in seconds; nothing for 0. */
  void writeMs(AttributeOutput to, long ms) {
    if (ms != 0) {
      writeDouble(to, ms / 1e3);
    }
  }

  void writeString(AttributeOutput to, byte[] text, int length) {
    if (isIn(to)) {
      int valueAt = begin(to);
      to.raw(STRING_VALUE);
      to.raw(length);
      to.raw(text, length);
      end(to, valueAt);
    }
  }

  /** The whole attribute with each of these values, by ordinal. */
  <T> ConstantAttribute[] of(T[] values, Function<T, String> text) {
    return Arrays.stream(values).map(text).map(this::of).toArray(ConstantAttribute[]::new);
  }

  /** The whole attribute with a value that never changes. */
  ConstantAttribute of(boolean value) {
    AttributeOutput to = scratch();
    int valueAt = begin(to);
    to.raw(BOOL_VALUE);
    to.raw(value ? 1 : 0);
    end(to, valueAt);
    return constant(to);
  }

  /** Likewise. */
  ConstantAttribute of(String value) {
    AttributeOutput to = scratch();
    writeString(to, value.getBytes(StandardCharsets.US_ASCII), value.length());
    return constant(to);
  }

  private ConstantAttribute constant(AttributeOutput written) {
    return new ConstantAttribute(ordinal, ConstantBytes.of(written.bytes, written.at));
  }

  private static AttributeOutput scratch() {
    AttributeOutput to = new AttributeOutput(0, EnumSet.allOf(LogAttribute.class));
    to.moveTo(new byte[2 * Byte.MAX_VALUE], 0);
    return to;
  }
}
