// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/**
 * An attribute with a value that never changes. Hot: allocates nothing.
 *
 * @param ordinal of its {@link LogAttribute}
 * @param bytes the whole attribute; the first byte depends on the message
 */
record ConstantAttribute(int ordinal, ConstantBytes bytes) {
  void write(AttributeOutput to) {
    if (to.has(ordinal)) {
      int begin = to.at;
      to.constant(bytes);
      to.bytes[begin] = to.fieldKey;
    }
  }
}
