// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;

/**
 * The capabilities of this thread, from the mask of effective capabilities in /proc
 * (capabilities(7)). A process in a user namespace may have all of these and still be refused: they
 * hold inside it alone.
 */
public final class Capabilities {
  private static final Path STATUS = Path.of("/proc/thread-self/status");
  private static final String EFFECTIVE = "CapEff:";
  private static final String BOUNDING = "CapBnd:";

  private static final int NET_ADMIN = 12;
  private static final int SYS_ADMIN = 21;
  private static final int PERFMON = 38;
  static final int BPF = 39;

  /** The names of the capabilities that capturing needs. */
  public static final List<String> NEEDED = missing(0);

  private Capabilities() {}

  /** The names of the needed capabilities that this thread lacks. */
  public static List<String> missing() {
    return missingFrom(EFFECTIVE);
  }

  /**
   * The names of the needed capabilities that this thread cannot get, not even as root: its
   * bounding set lacks them.
   */
  public static List<String> withheld() {
    return missingFrom(BOUNDING);
  }

  /** Whether this thread holds any capability. */
  public static boolean areHeld() {
    return mask(EFFECTIVE).orElse(0) != 0;
  }

  private static List<String> missingFrom(String set) {
    OptionalLong mask = mask(set);
    return mask.isPresent() ? missing(mask.getAsLong()) : List.of();
  }

  /** Empty without /proc: the kernel will say what it refuses. */
  private static OptionalLong mask(String set) {
    try (Stream<String> lines = Files.lines(STATUS)) {
      return lines
          .filter(line -> line.startsWith(set))
          .mapToLong(line -> Long.parseUnsignedLong(line.substring(set.length()).strip(), 16))
          .findFirst();
    } catch (IOException e) {
      return OptionalLong.empty();
    }
  }

  /** CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON, which were taken out of it in 5.8. */
  static List<String> missing(long effective) {
    List<String> missing = new ArrayList<>();
    if (!has(effective, BPF) && !has(effective, SYS_ADMIN)) {
      missing.add("CAP_BPF");
    }
    if (!has(effective, PERFMON) && !has(effective, SYS_ADMIN)) {
      missing.add("CAP_PERFMON");
    }
    if (!has(effective, NET_ADMIN)) {
      missing.add("CAP_NET_ADMIN");
    }
    return missing;
  }

  private static boolean has(long effective, int capability) {
    return (effective >>> capability & 1) != 0;
  }
}
