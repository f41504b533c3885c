// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Pattern;

/** The names of systemd's units in the paths of cgroups (systemd.unit(5)). */
final class SystemdUnit {
  private static final String SERVICE = ".service";
  private static final String SLICE = ".slice";
  private static final Pattern UNIT = Pattern.compile(".+\\.(?:service|scope|socket|mount|swap)");

  private SystemdUnit() {}

  /** -1 if none of the segments is a unit, slices left aside. */
  static int lastIndex(List<String> segments) {
    int last = segments.size() - 1;
    while (last >= 0 && !UNIT.matcher(segments.get(last)).matches()) {
      last--;
    }
    return last;
  }

  /** Null if there is none. */
  static String lastSlice(List<String> segments) {
    for (String segment : segments.reversed()) {
      if (segment.endsWith(SLICE)) {
        return name(segment);
      }
    }
    return null;
  }

  /** systemd puts "_" before names that could be those of the kernel's files, like cgroup.procs. */
  static String name(String segment) {
    return segment.startsWith("_") ? segment.substring(1) : segment;
  }

  /** The name of the service without instance and type; null if the unit is no service. */
  static String service(String unit) {
    if (!unit.endsWith(SERVICE)) {
      return null;
    }
    String name = unit.substring(0, unit.length() - SERVICE.length());
    int instance = name.indexOf('@');
    String service = unescape(instance < 0 ? name : name.substring(0, instance));
    return service.isEmpty() ? null : service;
  }

  /** Puts the bytes in for {@code \xHH}; "-", which is "/" in names of paths, stays. */
  static String unescape(String name) {
    if (name.indexOf('\\') < 0) {
      return name;
    }
    byte[] escaped = name.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(escaped.length);
    for (int i = 0; i < escaped.length; i++) {
      int value = escaped[i] == '\\' ? escapedByte(escaped, i) : -1;
      bytes.write(value < 0 ? escaped[i] : value);
      i += value < 0 ? 0 : 3;
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }

  /** -1 if there is no {@code \xHH} at {@code at}. */
  private static int escapedByte(byte[] text, int at) {
    if (at + 3 >= text.length || text[at + 1] != 'x') {
      return -1;
    }
    int high = Character.digit(text[at + 2], 16);
    int low = Character.digit(text[at + 3], 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }
}
