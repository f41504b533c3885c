// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/** The type of an attribute's value, a field of OTLP's {@code AnyValue}. */
enum ValueType {
  STRING(1, WireWriter.LENGTH_DELIMITED, 0),
  BOOLEAN(2, WireWriter.VARINT, 2),
  INT(3, WireWriter.VARINT, 0),
  DOUBLE(4, WireWriter.FIXED64, 1 + Double.BYTES);

  private final byte fieldKey;
  private final int bytes;

  ValueType(int field, int wireType, int bytes) {
    this.fieldKey = WireWriter.key(field, wireType);
    this.bytes = bytes;
  }

  static ValueType of(LogAttribute attribute) {
    return switch (attribute.type().split(",")[0]) {
      case "boolean" -> BOOLEAN;
      case "int" -> INT;
      case "double" -> DOUBLE;
      default -> STRING;
    };
  }

  byte fieldKey() {
    return fieldKey;
  }

  /** Bytes of each value, with the field's key; 0 if that depends on the value. */
  int bytes() {
    return bytes;
  }
}
