// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Release;
import io.tcpotel.testing.Distribution;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The tarball, unpacked in a folder of any name, read-only and used by others. */
@KernelTest
class InstalledIT {
  private static final String VERSION = Release.NAME + " " + Release.VERSION + "\n";
  private static final List<String> NOBODY = Checkout.as("nobody");
  private static Distribution distribution;

  @BeforeAll
  static void unpack() {
    distribution = Distribution.unpackTarball();
    distribution.install();
    io.tcpotel.testing.TestCommand.run(
        "chmod", "a+x", distribution.folder().getParent().getParent().toString());
  }

  @AfterAll
  static void remove() {
    distribution.close();
  }

  @Test
  void anybodyRunsItWithItsCaches() {
    for (String profile : List.of("agent", "throughput")) {
      Map<String, String> variables =
          Map.of("TCPOTEL_JAVA_OPTS", "-XX:AOTMode=on", "TCPOTEL_JVM", profile);
      Expect.end(distribution.start(variables, NOBODY, "--version"), 0, "", VERSION);
    }
  }

  @Test
  void needsNeitherJavaNorHome() {
    List<String> words =
        List.of("env", "-i", "PATH=/usr/bin:/bin", "HOME=/nowhere", "JAVA_HOME=/nowhere");
    Expect.end(distribution.start(Map.of(), words, "--version"), 0, "", VERSION);
  }

  @Test
  void countsWhatArrives() {
    try (Program sink =
        distribution.start(
            Map.of(), NOBODY, "sink", "--listen", "127.0.0.1:0", "--output", "count")) {
      String address = sink.awaitMessage("listening on (.*)").group(1);
      try (Program doctor =
          distribution.start(Map.of(), NOBODY, "doctor", "--endpoint", "http://" + address)) {
        doctor.await();
        assertThat(doctor.output())
            .contains("logs               an empty request was accepted")
            .contains("metrics            an empty request was accepted");
      }
      sink.signal("INT");
      assertThat(sink.await()).as(sink.messages()).isZero();
    }
  }

  /** Output that is read by a program stays the program's, and its process is nobody else's. */
  @Test
  void aThreadDumpGoesToStderrAndNoToolAttaches() {
    try (Program sink =
        distribution.start("sink", "--listen", "127.0.0.1:0", "--output", "count")) {
      sink.awaitMessage("listening on");
      sink.signal("QUIT").awaitMessage("Full thread dump");
      String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
      List<String> command = List.of(jcmd, Long.toString(sink.pid()), "VM.version");
      try (Program tool = Program.start(Map.of(), command)) {
        assertThat(tool.await()).as(tool.output()).isEqualTo(1);
        assertThat(tool.output()).doesNotContain("OpenJDK");
      }
      assertThat(sink.signal("INT").await()).as(sink.messages()).isZero();
      assertThat(sink.outputLines()).hasSize(1);
    }
  }
}
