// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import io.tcpotel.proto.v1.Connection;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** {@code tail} in a process of its own. */
@KernelTest
class TailKernelTest {
  private static final int SENT = 1234;

  private final RunningPrograms programs = new RunningPrograms();

  @AfterEach
  void end() {
    programs.close();
  }

  private Program tail(String... options) throws Exception {
    List<String> command =
        Program.commandLine("tail", "--scope", "cgroup:" + programs.cgroup().path());
    command.addAll(List.of(options));
    Program tail = programs.start(command);
    tail.awaitMessage("watching");
    return tail;
  }

  /** A cgroup by a runtime's name for it; the connect in it is refused. */
  private void connectIn(Path container) throws Exception {
    enter(container);
    programs.refuse(1);
    enter(programs.cgroup().path());
  }

  private static void enter(Path cgroup) throws IOException {
    Files.writeString(cgroup.resolve("cgroup.procs"), "0", StandardOpenOption.WRITE);
  }

  private Path container(String digit) throws IOException {
    String name = "docker-" + digit.repeat(64) + ".scope";
    return Files.createDirectory(programs.cgroup().path().resolve(name));
  }

  @Test
  void theProgramThatReplacesItselfKnowsTheCgroups() throws Exception {
    Path older = container("a");
    try (Program tail = tail()) {
      Path newer = container("b");
      String environment = Files.readString(Path.of("/proc/" + tail.pid() + "/environ"));
      assertThat(environment).contains("TCPOTEL_HANDOVER=");
      connectIn(older);
      connectIn(newer);
      tail.awaitOutput(" in a{12}$");
      tail.awaitOutput(" in b{12}$");
      Files.delete(newer);
    } finally {
      Files.delete(older);
    }
  }

  private void exchangeAndRefuse() throws Exception {
    programs
        .namespace()
        .run(
            () -> {
              try (SocketPair pair = SocketPair.over("127.0.0.1")) {
                pair.client().sendAll(SENT);
                pair.server().receiveExactly(SENT);
                pair.finish();
              }
              try (TestSocket socket = TestSocket.v6()) {
                assertThat(socket.tryConnect(Endpoint.of("::1", 9))).isNotZero();
              }
            });
  }

  @Test
  void printsALineForEachEnd() throws Exception {
    try (Program tail = tail()) {
      exchangeAndRefuse();
      tail.awaitOutput(
          "tcp client 127\\.0\\.0\\.1:\\d+ -> 127\\.0\\.0\\.1:\\d+ closed after .* tx=1234B rx=0B .*\\[\\d+\\]");
      tail.awaitOutput("tcp server 127\\.0\\.0\\.1:\\d+ <- .* tx=0B rx=1234B ");
      tail.awaitOutput(
          "tcp client \\[::1\\]:\\d+ -> \\[::1\\]:9 failed: connection_refused after ");
      assertThat(tail.signal("TERM").await()).isZero();
      assertThat(tail.outputLines()).hasSize(3);
    }
  }

  @Test
  void printsTheRecordAsJson() throws Exception {
    try (Program tail = tail("--output", "json")) {
      exchangeAndRefuse();
      tail.awaitOutput("FAILED");
      assertThat(tail.signal("INT").await()).isZero();
      Connection.Builder failed = Connection.newBuilder();
      JsonFormat.parser().merge(tail.outputLines().get(2), failed);
      assertThat(failed.getKind()).isEqualTo(Connection.Kind.FAILED);
      assertThat(failed.getTuple().getPeerAddress()).isEqualTo("::1");
      assertThat(failed.getSkErr()).isEqualTo(111);
      assertThat(failed.getPid()).isEqualTo((int) ProcessHandle.current().pid());
    }
  }

  @Test
  void endsWhenNobodyReadsItsOutput() throws Exception {
    List<String> tail =
        Program.commandLine("tail", "--scope", "cgroup:" + programs.cgroup().path());
    String line = "\"$@\" | head -n 1";
    List<String> shell = new java.util.ArrayList<>(List.of("bash", "-c", line, "bash"));
    shell.addAll(tail);
    try (Program program = programs.start(shell)) {
      program.awaitMessage("watching");
      exchangeAndRefuse();
      program.awaitOutput("tcp ");
      exchangeAndRefuse();
      assertThat(program.await()).isZero();
    }
  }

  /** Unlike a reader who leaves, a full disk loses what was asked for. */
  @Test
  void aFullDiskEndsItWithAnError() throws Exception {
    List<String> shell =
        new java.util.ArrayList<>(List.of("sh", "-c", "exec \"$@\" >/dev/full", "sh"));
    shell.addAll(Program.commandLine("tail", "--scope", "cgroup:" + programs.cgroup().path()));
    try (Program program = programs.start(shell)) {
      program.awaitMessage("watching");
      exchangeAndRefuse();
      assertThat(program.await()).isEqualTo(1);
      assertThat(program.messages())
          .contains("tcpotel: stdout: cannot be written: No space left on device\n  keep its");
    }
  }
}
