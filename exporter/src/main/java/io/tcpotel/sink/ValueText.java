// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.tcpotel.ForeignText;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Collectors;

/** Values and attributes for people, on one line, attributes in the order of their names. */
final class ValueText {
  private static final MathContext DERIVED = new MathContext(6);

  private ValueText() {}

  static String of(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> ForeignText.escaped(value.getStringValue());
      case INT_VALUE -> Long.toString(value.getIntValue());
      case DOUBLE_VALUE -> number(value.getDoubleValue());
      case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
      case BYTES_VALUE -> HexFormat.of().formatHex(value.getBytesValue().toByteArray());
      case ARRAY_VALUE ->
          value.getArrayValue().getValuesList().stream()
              .map(ValueText::of)
              .collect(Collectors.joining(", ", "[", "]"));
      case KVLIST_VALUE -> attributes(value.getKvlistValue().getValuesList());
      default -> "";
    };
  }

  static String attributes(List<KeyValue> attributes) {
    return attributes.stream()
        .sorted(Comparator.comparing(KeyValue::getKey))
        .map(attribute -> ForeignText.escaped(attribute.getKey()) + "=" + of(attribute.getValue()))
        .collect(Collectors.joining(", ", "{", "}"));
  }

  /** Exact, without an exponent from 1e-9 to 1e15. */
  static String number(double value) {
    return Double.isFinite(value) ? plain(BigDecimal.valueOf(value)) : Double.toString(value);
  }

  /** Rounded to six digits, for values that are computed here. */
  static String derived(double value) {
    return Double.isFinite(value)
        ? plain(BigDecimal.valueOf(value).round(DERIVED))
        : Double.toString(value);
  }

  private static String plain(BigDecimal value) {
    double size = value.abs().doubleValue();
    boolean readable = size == 0 || size >= 1e-9 && size < 1e15;
    BigDecimal stripped = value.stripTrailingZeros();
    return readable ? stripped.toPlainString() : stripped.toString();
  }
}
