// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.libbpf.Libbpf;
import java.io.IOException;
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
  public static final String VARIABLE = NativeCalls.LIBRARY_VARIABLE;

  private static final Path MAPPINGS = Path.of("/proc/self/maps");

  /** Loads it; throws a {@link io.tcpotel.Failure} that says how to get it. */
  public static LibbpfLibrary load() {
    NativeCalls.requireLibbpf();
    String version = Libbpf.libbpf_major_version() + "." + Libbpf.libbpf_minor_version();
    String named = System.getenv(VARIABLE);
    return new LibbpfLibrary(version, named == null ? mappedFile() : named, named != null);
  }

  /** The dynamic linker found it by its name; the kernel knows which file that was. */
  private static String mappedFile() {
    try (Stream<String> lines = Files.lines(MAPPINGS)) {
      return lines
          .filter(line -> line.contains("/libbpf.so"))
          .map(line -> line.substring(line.indexOf('/')))
          .findFirst()
          .orElse("libbpf.so.1");
    } catch (IOException e) {
      return "libbpf.so.1";
    }
  }
}
