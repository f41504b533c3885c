// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf.abi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Makes the bindings again: what is committed is what the generator says, untouched by hand. */
class BindingsTest {
  private static final Path COMMITTED = Path.of("bindings/src");
  private static final String RECORD = "io/tcpotel/bpf/abi";
  private static final String LIBBPF = "io/tcpotel/bpf/libbpf";

  /** The committed bindings were made from this version; others declare other things. */
  private static final String LIBBPF_VERSION = "1.1";

  private static final Path LIBBPF_VERSION_HEADER = Path.of("/usr/include/bpf/libbpf_version.h");

  @TempDir private static Path made;

  @BeforeAll
  static void makeBindings() throws IOException, InterruptedException {
    if (!hasJextract()) {
      return;
    }
    Path log = made.resolve("log");
    ProcessBuilder generate =
        new ProcessBuilder("bindings/generate", made.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    // For a jextract without a JDK of its own: Maven's may be too old for it.
    generate.environment().put("JAVA_HOME", System.getProperty("java.home"));
    int exit = generate.start().waitFor();
    assertThat(exit).as("bindings/generate: %s", Files.readString(log)).isZero();
  }

  @BeforeEach
  void skipWithoutJextract() {
    assumeTrue(hasJextract(), "no jextract in $JEXTRACT or on the PATH to make the bindings again");
  }

  @Test
  void theBindingsOfTheRecordAreWhatTheGeneratorMakes() throws IOException {
    assertSameFiles(RECORD);
  }

  @Test
  void theBindingsOfLibbpfAreWhatTheGeneratorMakes() throws IOException {
    String installed = installedLibbpf();
    assumeTrue(
        installed.equals(LIBBPF_VERSION),
        "made from libbpf " + LIBBPF_VERSION + ", and the headers here are of " + installed);
    assertSameFiles(LIBBPF);
  }

  private static void assertSameFiles(String folder) throws IOException {
    SortedMap<String, String> expected = filesIn(made, folder);
    SortedMap<String, String> committed = filesIn(COMMITTED, folder);
    assertThat(committed.keySet()).isEqualTo(expected.keySet());
    for (String name : expected.keySet()) {
      assertThat(committed.get(name)).as("%s/%s", folder, name).isEqualTo(expected.get(name));
    }
  }

  /** A $JEXTRACT that does not work is not looked at here: it fails the test. */
  private static boolean hasJextract() {
    String chosen = System.getenv("JEXTRACT");
    return chosen != null && !chosen.isEmpty()
        || Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(folder -> Files.isExecutable(Path.of(folder, "jextract")));
  }

  private static String installedLibbpf() throws IOException {
    String header = Files.readString(LIBBPF_VERSION_HEADER);
    return number(header, "LIBBPF_MAJOR_VERSION") + "." + number(header, "LIBBPF_MINOR_VERSION");
  }

  private static String number(String header, String name) {
    Matcher matcher = Pattern.compile("#define " + name + " (\\d+)").matcher(header);
    return matcher.find() ? matcher.group(1) : "unknown";
  }

  private static SortedMap<String, String> filesIn(Path root, String folder) throws IOException {
    SortedMap<String, String> texts = new TreeMap<>();
    try (Stream<Path> files = Files.list(root.resolve(folder))) {
      for (Path file : files.toList()) {
        texts.put(file.getFileName().toString(), Files.readString(file));
      }
    }
    return texts;
  }
}
