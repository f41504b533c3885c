// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.Set;

/**
 * Protobuf's wire format with attributes: which field of the message holds them, and which of them
 * are selected. Hot: allocates nothing.
 */
final class AttributeOutput extends WireWriter {
  private final byte fieldKey;

  /** A bit for each attribute, by its ordinal, of which there are no more than 64. */
  private final long selected;

  /**
   * @param field the field of the message that holds its attributes
   */
  AttributeOutput(int field, Set<LogAttribute> selected) {
    this.fieldKey = key(field, LENGTH_DELIMITED);
    this.selected = selected.stream().mapToLong(each -> 1L << each.ordinal()).sum();
  }

  boolean isOfSpan() {
    return fieldKey == key(SpanEncoder.ATTRIBUTES, LENGTH_DELIMITED);
  }

  /** Whether the attribute of this ordinal is written. */
  boolean has(int ordinal) {
    return ((int) (selected >>> ordinal) & 1) != 0;
  }

  /** Writes an attribute, or its beginning, behind the key of the field. */
  void begin(ConstantBytes attribute) {
    at = attribute.write(bytes, at, fieldKey);
  }
}
