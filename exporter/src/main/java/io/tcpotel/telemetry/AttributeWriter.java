// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.AddressText;
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
 * @param beginning up to the type of the value; with 0 for the number of the message's field and
 *     for the lengths of KeyValue and value, unless the type has only one
 * @param keyBytes of the KeyValue without its value
 */
record AttributeWriter(int ordinal, ConstantBytes beginning, int keyBytes) {
  private static final byte KEY = WireWriter.key(1, WireWriter.LENGTH_DELIMITED);
  private static final byte VALUE = WireWriter.key(2, WireWriter.LENGTH_DELIMITED);

  private static final int KEY_AT = 2;
  private static final int LONGEST_INT_BYTES = 10;

  static AttributeWriter of(LogAttribute attribute) {
    return named(attribute.key(), attribute);
  }

  /** Of an attribute of that name, which is selected with {@code attribute} and of its type. */
  static AttributeWriter named(String key, LogAttribute attribute) {
    byte[] name = key.getBytes(StandardCharsets.US_ASCII);
    ValueType type = ValueType.of(attribute);
    int keyBytes = name.length + 4;
    WireWriter to = new WireWriter();
    to.moveTo(new byte[name.length + 7], 0);
    to.raw(WireWriter.key(0, WireWriter.LENGTH_DELIMITED));
    to.raw(type.bytes() == 0 ? 0 : keyBytes + type.bytes());
    to.raw(KEY);
    to.raw(name.length);
    to.raw(name);
    to.raw(VALUE);
    to.raw(type.bytes());
    to.raw(type.fieldKey());
    return new AttributeWriter(attribute.ordinal(), ConstantBytes.of(to.bytes, to.at), keyBytes);
  }

  /** Bytes of the longest value, an {@code AnyValue}: its field's key and what follows. */
  static int longestValueBytes(LogAttribute attribute) {
    return switch (ValueType.of(attribute)) {
      case BOOLEAN, DOUBLE -> ValueType.of(attribute).bytes();
      case INT -> 1 + LONGEST_INT_BYTES;
      case STRING -> 1 + WireWriter.varintBytes(attribute.longestText()) + attribute.longestText();
    };
  }

  /** Bytes of the attribute with its longest value. */
  static int longestBytes(LogAttribute attribute) {
    return longestBytes(of(attribute), attribute);
  }

  /** Likewise, of one that is {@link #named} in another way. */
  static int longestBytes(AttributeWriter writer, LogAttribute attribute) {
    int keyBytes = writer.keyBytes();
    int bytes = keyBytes + longestValueBytes(attribute);
    if (bytes > Byte.MAX_VALUE) {
      throw new IllegalStateException(attribute + ": a length of " + bytes + " takes two bytes");
    }
    return KEY_AT + bytes;
  }

  /** Returns where the value begins. */
  private int begin(AttributeOutput to) {
    to.begin(beginning);
    return to.at - 1;
  }

  /** Writes the two lengths, each in front of what it is of. */
  private void end(AttributeOutput to, int valueAt) {
    int valueBytes = to.at - valueAt;
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
      to.varint(value);
      end(to, valueAt);
    }
  }

  void writeDouble(AttributeOutput to, double value) {
    if (isIn(to)) {
      to.begin(beginning);
      to.fixed64(Double.doubleToRawLongBits(value));
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
      to.raw(length);
      to.raw(text, length);
      end(to, valueAt);
    }
  }

  void writeAddress(AttributeOutput to, AddressText text) {
    if (isIn(to)) {
      int valueAt = begin(to);
      to.raw(text.length());
      to.at = text.copyTo(to.bytes, to.at);
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
    to.begin(beginning);
    to.raw(value ? 1 : 0);
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
