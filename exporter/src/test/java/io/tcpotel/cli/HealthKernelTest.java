// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.TestCgroup;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code tcpotel run --health}: what its probes answer, over real connections. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class HealthKernelTest {
  private static final String OK = "200 ok";
  private static final String THREAD = "tcpotel-health";

  private final RunningPrograms programs = new RunningPrograms();

  @AfterEach
  void end() {
    programs.close();
  }

  /** The status and the body of the answer. */
  private String get(int port, String path) {
    return programs.namespace().call(() -> answer(port, path));
  }

  private static String answer(int port, String path) throws Exception {
    try (Socket socket = new Socket("127.0.0.1", port)) {
      String request = "GET " + path + " HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String answer =
          new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      return answer.substring("HTTP/1.1 ".length(), "HTTP/1.1 200".length())
          + answer.substring(answer.lastIndexOf('\n')).replace('\n', ' ');
    }
  }

  private static int freePort() throws Exception {
    try (ServerSocket any = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return any.getLocalPort();
    }
  }

  private Program startRun(int collector, TestCgroup scope, String... options) {
    return programs.startRunAnywhere(
        Stream.concat(
                Stream.of(
                    "--endpoint", "127.0.0.1:" + collector, "--scope", "cgroup:" + scope.path()),
                Stream.of(options))
            .toArray(String[]::new));
  }

  private static int healthPort(Program run) {
    return Integer.parseInt(run.awaitMessage("health at http://127.0.0.1:(\\d+)/readyz").group(1));
  }

  @Test
  void itIsReadyWhileItIsAttachedAndTheCollectorAccepts() throws Exception {
    int collector = freePort();
    TestCgroup service = programs.cgroup().child();
    Program run = startRun(collector, service, "--health", "0");
    int port = healthPort(run);
    Await.until(
        "both signals are refused",
        () ->
            get(port, "/readyz")
                .matches(
                    "503 collector http://127.0.0.1:%1$d: logs: nothing accepted yet: UNAVAILABLE .*refused.*; collector http://127.0.0.1:%1$d: metrics: nothing accepted yet: UNAVAILABLE .*refused.*"
                        .formatted(collector)));
    assertThat(get(port, "/livez")).isEqualTo(OK);
    Program sink = programs.startSink(collector);
    Await.until("ready", () -> get(port, "/readyz").equals(OK));
    service.close();
    Await.until(
        "not attached",
        () ->
            get(port, "/readyz")
                .equals("503 not attached: no connection is seen, and the log says why"));
    assertThat(get(port, "/livez")).isEqualTo(OK);
    try (TestCgroup again = programs.cgroup().child()) {
      assertThat(again.path()).isEqualTo(service.path());
      Await.until("attached again", () -> get(port, "/readyz").equals(OK));
    }
    RunningPrograms.finish(run, sink);
  }

  @Test
  void aPortThatIsInUseEndsTheProgramBeforeItWatches() {
    Program sink = programs.startSink(0);
    int taken = RunningPrograms.port(sink);
    Program run =
        programs.start(
            Program.commandLine(
                "run",
                "--scope",
                "cgroup:" + programs.cgroup().path(),
                "--endpoint",
                "127.0.0.1:" + taken,
                "--health",
                "127.0.0.1:" + taken));
    assertThat(run.await()).isEqualTo(2);
    assertThat(run.messages())
        .endsWith(
            "tcpotel: --health: cannot listen at /127.0.0.1:%d: Address already in use%n  stop the process that uses the port, or choose another address of this machine, with a port of 1024 or more%n"
                .formatted(taken))
        .doesNotContain("watching");
    assertThat(RunningPrograms.attached(programs.cgroup())).isZero();
  }

  private static List<String> threads(Program run) throws Exception {
    try (Stream<Path> tasks = Files.list(Path.of("/proc", run.pid() + "", "task"))) {
      return tasks.map(HealthKernelTest::name).toList();
    }
  }

  private static String name(Path task) {
    try {
      return Files.readString(task.resolve("comm")).strip();
    } catch (java.io.IOException e) {
      return ""; // it has ended
    }
  }

  @Test
  void withoutTheOptionThereIsNoThreadOfIt() throws Exception {
    Program sink = programs.startSink(0);
    int collector = RunningPrograms.port(sink);
    Program off = startRun(collector, programs.cgroup());
    Program on = startRun(collector, programs.cgroup(), "--health", "0");
    healthPort(on);
    assertThat(threads(on)).anyMatch(name -> name.startsWith(THREAD));
    assertThat(threads(off)).noneMatch(name -> name.startsWith(THREAD));
  }
}
