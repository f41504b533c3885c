// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * The libbpf that this process uses.
 *
 * @param version as "1.1"
 * @param file where it was loaded from
 * @param named whether the environment named it, instead of the system
 */
public record LibbpfLibrary(String version, String file, boolean named) {
  /** Names another libbpf than the system's. */
  public static final String VARIABLE = "TCPOTEL_LIBBPF";

  private static final String SONAME = "libbpf.so.1";

  /** Of the versions before 1.0, as Ubuntu 22.04 has it. */
  private static final String OLD_SONAME = "libbpf.so.0";

  private static final String STEP = "load libbpf";
  private static final String REMEDY =
      "install libbpf 1.0 or newer (Debian 12, Ubuntu 24.04: apt-get install libbpf1), or name one in "
          + VARIABLE;

  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  /** Loads it; throws a {@link Failure} that says how to get it. */
  public static LibbpfLibrary load() {
    require();
    String version = LibbpfCalls.libbpf_major_version() + "." + LibbpfCalls.libbpf_minor_version();
    String named = System.getenv(VARIABLE);
    return new LibbpfLibrary(version, named == null ? mappedFile() : named, named != null);
  }

  /**
   * Finds it, before {@link LibbpfCalls} is touched, which looks its functions up once and for all,
   * and has it say nothing. Throws a {@link Failure} if it is missing or older than 1.0.
   */
  static void require() {
    String path = System.getenv(VARIABLE);
    try {
      lookup();
    } catch (IllegalArgumentException e) {
      throw Failure.missing(STEP, unopened(path), REMEDY);
    }
    if (LibbpfCalls.libbpf_major_version() < 1) {
      String name = path == null ? SONAME : path;
      throw Failure.missing(STEP, name + " is older than 1.0", REMEDY);
    }
    LibbpfLog.silence();
  }

  /** Its functions; IllegalArgumentException if it cannot be opened. */
  static SymbolLookup lookup() {
    String path = System.getenv(VARIABLE);
    return path == null
        ? SymbolLookup.libraryLookup(SONAME, Arena.global())
        : SymbolLookup.libraryLookup(Path.of(path), Arena.global());
  }

  private static String unopened(String path) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup.libraryLookup(OLD_SONAME, arena);
      return path == null ? OLD_SONAME + " is older than 1.0" : path + " cannot be opened";
    } catch (IllegalArgumentException e) {
      return (path == null ? SONAME : path) + " cannot be opened";
    }
  }

  /** The dynamic linker found it by its name; the kernel knows which file that was. */
  private static String mappedFile() {
    try (Stream<String> lines = Files.lines(MAPPINGS)) {
      return lines
          .filter(line -> line.contains("/libbpf.so"))
          .map(line -> line.substring(line.indexOf('/')))
          .findFirst()
          .orElse(SONAME);
    } catch (IOException e) {
      return SONAME;
    }
  }
}
