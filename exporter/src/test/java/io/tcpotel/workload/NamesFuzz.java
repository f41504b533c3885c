// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.bpf.AddressPrefix;
import io.tcpotel.workload.NamesFile.Line;
import io.tcpotel.workload.NamesFile.Unusable;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/** A names file of any bytes: it is refused with a reason, or its prefixes have names. */
public final class NamesFuzz {
  private NamesFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    NamesFile file;
    try {
      file = NamesFile.parse(input, "names");
    } catch (Unusable e) {
      if (!e.getMessage().startsWith("names")) {
        throw new AssertionError(e);
      }
      return;
    }
    PrefixTable<Line> table = PrefixTable.of(file.lines());
    for (Map.Entry<AddressPrefix, Line> each : file.lines().entrySet()) {
      requireName(each.getKey(), each.getValue(), table);
    }
  }

  /** A longer prefix may begin at the same address, with another name. */
  private static void requireName(AddressPrefix prefix, Line line, PrefixTable<Line> table) {
    MemorySegment first = MemorySegment.ofArray(prefix.address());
    Line found =
        table.get(
            first.get(ValueLayout.JAVA_LONG_UNALIGNED, 0),
            first.get(ValueLayout.JAVA_LONG_UNALIGNED, 8));
    if (found == null || line.name().isEmpty() || line.name().length() > PeerName.MAX_BYTES) {
      throw new AssertionError(line + " was read, and " + found + " found");
    }
  }
}
