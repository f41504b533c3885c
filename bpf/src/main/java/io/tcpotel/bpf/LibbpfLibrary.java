// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
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
    String version = Libbpf.libbpf_major_version() + "." + Libbpf.libbpf_minor_version();
    String named = System.getenv(VARIABLE);
    return new LibbpfLibrary(version, named == null ? mappedFile() : named, named != null);
  }

  /**
   * Loads it before {@link Libbpf} is touched, which looks its functions up once and for all, and
   * has it print nothing. Throws a {@link Failure} if it is missing or older than 1.0.
   */
  static void require() {
    String path = System.getenv(VARIABLE);
    OptionalLong found;
    try {
      found = versionFunction(path);
    } catch (IllegalArgumentException e) {
      throw Failure.missing(STEP, unopened(path), REMEDY);
    }
    if (found.isEmpty() || !found.equals(bound()) || Libbpf.libbpf_major_version() < 1) {
      String name = path == null ? SONAME : path;
      throw Failure.missing(STEP, name + " is older than 1.0", REMEDY);
    }
    LibbpfLog.silence();
  }

  /** Where the library at {@code path}, or the system's, has a function of 0.6 and newer. */
  private static OptionalLong versionFunction(String path) {
    SymbolLookup library =
        path == null
            ? SymbolLookup.libraryLookup(SONAME, Arena.global())
            : SymbolLookup.libraryLookup(Path.of(path), Arena.global());
    return library.find("libbpf_major_version").stream()
        .mapToLong(MemorySegment::address)
        .findFirst();
  }

  /**
   * Where the bindings find the same function. They ask the dynamic linker for {@link #SONAME},
   * which gives them the library of that name that is loaded already, wherever it came from.
   */
  private static OptionalLong bound() {
    try {
      return versionFunction(null);
    } catch (IllegalArgumentException e) {
      return OptionalLong.empty();
    }
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
