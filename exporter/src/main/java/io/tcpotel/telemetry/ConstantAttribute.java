// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/**
 * An attribute with a value that never changes. Hot: allocates nothing.
 *
 * @param ordinal of its {@link LogAttribute}
 * @param bytes the whole attribute; its field number, which depends on the message, is 0
 */
record ConstantAttribute(int ordinal, ConstantBytes bytes) {
  void write(AttributeOutput to) {
    if (to.has(ordinal)) {
      to.begin(bytes);
    }
  }
}
