// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.Distribution;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCommand;
import io.tcpotel.testing.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A program that watches has no capability, however it was given those that attaching takes. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class UnprivilegedIT {
  private static final String NEEDED = "+bpf,+perfmon,+net_admin";
  private static final List<String> SETS = List.of("CapInh:", "CapPrm:", "CapEff:", "CapAmb:");

  private static Distribution distribution;

  @TempDir private Path folder;

  private final RunningPrograms programs = new RunningPrograms();

  @BeforeAll
  static void unpack() {
    distribution = Distribution.unpackTarball();
    distribution.install();
    TestCommand.run("chmod", "a+x", distribution.folder().getParent().getParent().toString());
  }

  @AfterAll
  static void remove() {
    distribution.close();
  }

  @AfterEach
  void end() {
    programs.close();
  }

  private Program begin(List<String> privileges, String... arguments) {
    List<String> command = new ArrayList<>(privileges);
    command.add(distribution.folder() + "/tcpotel");
    command.addAll(List.of(arguments));
    command.addAll(List.of("--scope", "cgroup:" + programs.cgroup().path()));
    return programs.start(command);
  }

  private Program start(List<String> privileges, String... arguments) {
    Program program = begin(privileges, arguments);
    program.awaitMessage("watching");
    return program;
  }

  /** The values of the sets over all threads, and of no_new_privs. */
  private static Map<String, List<String>> privileges(Program program) throws IOException {
    Map<String, List<String>> values = new TreeMap<>();
    try (Stream<Path> threads = Files.list(Path.of("/proc", program.pid() + "", "task"))) {
      for (Path thread : threads.toList()) {
        for (String line : Files.readAllLines(thread.resolve("status"))) {
          String[] words = line.split("\\s+");
          if (SETS.contains(words[0]) || words[0].equals("NoNewPrivs:")) {
            values.computeIfAbsent(words[0], name -> new ArrayList<>()).add(words[1]);
          }
        }
      }
    }
    values.replaceAll((name, each) -> each.stream().distinct().toList());
    return values;
  }

  private static Map<String, List<String>> none() {
    Map<String, List<String>> none = new TreeMap<>(Map.of("NoNewPrivs:", List.of("1")));
    SETS.forEach(set -> none.put(set, List.of("0000000000000000")));
    return none;
  }

  static List<List<String>> startsWithPrivileges() {
    return List.of(
        List.of(),
        List.of("setpriv", "--bounding-set", "-all," + NEEDED),
        List.of(
            ("setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps NEEDED"
                    + " --ambient-caps NEEDED")
                .replace("NEEDED", NEEDED)
                .split(" ")));
  }

  @ParameterizedTest
  @MethodSource("startsWithPrivileges")
  void noThreadHoldsACapability(List<String> privileges) throws Exception {
    Program tail = start(privileges, "tail");
    assertThat(privileges(tail)).as(tail.messages()).isEqualTo(none());
    assertThat(tail.messages()).doesNotContain("keeps");
    programs.namespace().run(() -> SocketPair.over("127.0.0.1").finish());
    tail.awaitOutput("tcp client 127");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run --endpoint=127.0.0.1:9", "record FILE", "demo"})
  void soDoesEachCommandThatCaptures(String command) throws Exception {
    String file = folder.resolve("a.tcpotel").toString();
    Program program = begin(List.of(), command.replace("FILE", file).split(" "));
    if (command.equals("demo")) {
      program.awaitOutput("watched");
    } else {
      program.awaitMessage("watching");
    }
    assertThat(privileges(program)).as(program.messages()).isEqualTo(none());
  }

  @Test
  void olderConnectionsOfAnotherNamespaceAreFound() throws Exception {
    try (TestNamespace other = TestNamespace.create();
        SocketPair older = other.call(() -> SocketPair.over("127.0.0.1"))) {
      Program sink = programs.startSink(0);
      String endpoint = "127.0.0.1:" + RunningPrograms.port(sink);
      Program run = start(List.of(), "run", "--endpoint", endpoint);
      RunningPrograms.awaitSum(run, "connections.adopted", 2);
      assertThat(privileges(run)).as(run.messages()).isEqualTo(none());
      older.finish();
      RunningPrograms.awaitSum(run, "connections.adopted_closed", 2);
    }
  }

  @Test
  void aFileThatTakesAPrivilegeKeepsThem() throws Exception {
    TestCommand.run("chown", "65534", folder.toString());
    Program recorder = start(List.of(), "record", folder.resolve("b.tcpotel").toString());
    assertThat(recorder.messages())
        .contains("keeps its capabilities while it watches")
        .contains("no access to " + folder);
    assertThat(privileges(recorder)).isNotEqualTo(none());
    assertThat(recorder.signal("TERM").await()).isZero();
    assertThat(folder.resolve("b.tcpotel")).exists();
  }

  @Test
  void aPipeAsConfigurationKeepsThem() throws Exception {
    Path pipe = folder.resolve("pipe");
    TestCommand.run("mkfifo", pipe.toString());
    Thread.ofPlatform().daemon().start(() -> write(pipe));
    Program run = start(List.of(), "run", "--config", pipe.toString());
    assertThat(run.messages()).contains("can be read only once");
    assertThat(privileges(run)).isNotEqualTo(none());
  }

  private static void write(Path pipe) {
    try {
      Files.writeString(pipe, "endpoint=127.0.0.1:9\n");
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
