// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.proto.v1.CaptureHeader;
import io.tcpotel.proto.v1.Connection;
import io.tcpotel.recording.RecordingFile;
import io.tcpotel.recording.RecordingReader;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Makes a recording as that of the jar: the demo's own traffic, and the same between workloads in
 * two network namespaces, 5 ms apart, with losses. {@code -Ddemo.record} writes it into the
 * sources.
 */
@KernelTest
class DemoRecordingKernelTest {
  private static final Duration ONE_WAY = Duration.ofMillis(2).plusNanos(500_000);
  private static final long LENGTH_MS = Boolean.getBoolean("demo.record") ? 8500 : 3000;
  private static final Path IN_SOURCES =
      Path.of("src", "main", "resources", "io", "tcpotel", "demo", "recorded.tcpotel");

  private final RunningPrograms programs = new RunningPrograms();
  private final List<Path> cgroups = new ArrayList<>();
  private TestNetwork network;

  @BeforeEach
  void setUp() throws IOException {
    String lacking = TestNetwork.lackingForDelay();
    Assumptions.assumeTrue(lacking.isEmpty(), () -> "needs " + lacking);
    network = programs.keep(TestNetwork.create(ONE_WAY));
    network.forward("ip protocol tcp ip length > 1000 numgen random mod 100 < 1 drop");
    for (RecordedWorkload workload : RecordedWorkload.values()) {
      create(workload.below(programs.cgroup()));
    }
  }

  private void create(Path cgroup) throws IOException {
    if (!Files.exists(cgroup)) {
      create(cgroup.getParent());
      Files.createDirectory(cgroup);
      cgroups.add(0, cgroup);
    }
  }

  @AfterEach
  void end() throws IOException {
    try {
      for (Path cgroup : cgroups) {
        Files.delete(cgroup);
      }
    } finally {
      programs.close();
    }
  }

  @Test
  void itTellsTheWorkloadsOfItsConnections(@TempDir Path folder) throws Exception {
    Path raw = folder.resolve("raw");
    record(raw);
    Path made = folder.resolve("made");
    Set<String> paths = madeOf(raw, made);
    assertThat(paths)
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(
                    Stream.of("/"),
                    Stream.of(RecordedWorkload.values()).map(RecordedWorkload::path))
                .toList());
    if (Boolean.getBoolean("demo.record")) {
      Files.write(IN_SOURCES, Files.readAllBytes(made));
    }
  }

  private void record(Path file) {
    Program record =
        programs.start(
            Program.commandLine(
                "record",
                file.toString(),
                "--report-interval",
                "500ms",
                "--scope",
                "cgroup:" + programs.cgroup().path()));
    record.awaitMessage("recording into");
    List<Program> ends = new ArrayList<>();
    try (Program cart = server(RecordedWorkload.CART);
        Program database = server(RecordedWorkload.DATABASE)) {
      List<String> carts = servers(cart);
      List<String> databases = servers(database);
      List<String> all = new ArrayList<>(carts);
      all.addAll(databases);
      programs.keep(
          programs.namespace().call(() -> DemoTraffic.start(Duration.ofMillis(LENGTH_MS))));
      ends.add(client(RecordedWorkload.SHOP, all));
      ends.add(client(RecordedWorkload.BACKUP, databases));
      ends.forEach(end -> assertThat(end.await()).as(end.messages()).isZero());
    } finally {
      ends.forEach(Program::close);
    }
    assertThat(record.signal("TERM").await()).as(record.messages()).isZero();
  }

  private Program server(RecordedWorkload workload) {
    Path cgroup = workload.below(programs.cgroup());
    return start(
        network.server(),
        RecordedEnd.serverLine(
            cgroup, TestNetwork.serverAddress(true), TestNetwork.serverAddress(false)));
  }

  private static List<String> servers(Program server) {
    String said = server.awaitOutput("serving (.*)").group(1);
    return List.of(said.split(" "));
  }

  private Program client(RecordedWorkload workload, List<String> servers) {
    Path cgroup = workload.below(programs.cgroup());
    return start(network.client(), RecordedEnd.clientLine(cgroup, LENGTH_MS, servers));
  }

  private static Program start(TestNamespace in, List<String> line) {
    return in.call(() -> Program.start(Map.of(), line));
  }

  /** The same with paths as if the recorded cgroup were the root, and nothing of this machine. */
  private Set<String> madeOf(Path raw, Path made) throws IOException {
    String recorded = "/" + programs.cgroup().path().getFileName();
    Set<String> paths = new HashSet<>();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(raw))) {
      RecordingReader reader = new RecordingReader(in, "recording");
      try (RecordingFile file = RecordingFile.create(made, false, begin(reader.header()))) {
        for (Connection next = reader.next(); next != null; next = reader.next()) {
          Connection.Builder rooted = next.toBuilder();
          if (next.hasCgroupPath()) {
            rooted.setCgroupPath(below(recorded, next.getCgroupPath()));
            paths.add(rooted.getCgroupPath());
          }
          if (next.hasCloserCgroupPath()) {
            rooted.setCloserCgroupPath(below(recorded, next.getCloserCgroupPath()));
            paths.add(rooted.getCloserCgroupPath());
          }
          file.add(rooted.build());
        }
        file.flush();
      }
    }
    return paths;
  }

  private static String below(String root, String path) {
    assertThat(path).startsWith(root);
    return path.equals(root) ? "/" : path.substring(root.length());
  }

  private static RecordingFile.Begin begin(CaptureHeader header) {
    String release = Pattern.compile("[^0-9.].*").matcher(header.getKernelRelease()).replaceAll("");
    return new RecordingFile.Begin(
        release, "demo", header.getStartTimeUnixNano(), header.getClockOffsetNs());
  }
}
