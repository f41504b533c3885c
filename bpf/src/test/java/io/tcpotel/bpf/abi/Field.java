// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf.abi;

import java.util.List;

/**
 * A member of a struct, with the dimensions of an array in its path: {@code outcome[4][5]}. A
 * member that has members itself is followed by them; those of an array of structs are given once,
 * for its first element.
 */
record Field(String path, long offset, long bytes, boolean isAggregate) {

  long end() {
    return offset + bytes;
  }

  @Override
  public String toString() {
    return path + " at " + offset + ", " + bytes + " bytes";
  }

  /** Those that hold values, in order: no structs, only what is in them. */
  static List<Field> leaves(List<Field> fields) {
    return fields.stream().filter(field -> !field.isAggregate()).toList();
  }
}
