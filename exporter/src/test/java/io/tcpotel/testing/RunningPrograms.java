// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.LibbpfLibrary;
import io.tcpotel.bpf.SockopsPrograms;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Programs in a network namespace of their own, in a cgroup that this process has joined as well;
 * all of it gone at the end.
 */
public final class RunningPrograms implements AutoCloseable {
  private final TestNamespace namespace = TestNamespace.create();
  private final TestCgroup cgroup = TestCgroup.create().join();
  private final List<AutoCloseable> running = new ArrayList<>();

  public TestNamespace namespace() {
    return namespace;
  }

  public TestCgroup cgroup() {
    return cgroup;
  }

  /** Starts any command. */
  public Program start(List<String> command) {
    return start(Map.of(), command);
  }

  public Program start(Map<String, String> environment, List<String> command) {
    return keep(namespace.call(() -> Program.start(environment, command)));
  }

  /** Closes {@code started} at the end, before all that started earlier. */
  public <T extends AutoCloseable> T keep(T started) {
    running.add(0, started);
    return started;
  }

  /** Starts a receiver on 127.0.0.1, which prints JSON lines; port 0 is any. */
  public Program startSink(int port) {
    return startSink("127.0.0.1", port);
  }

  public Program startSink(String address, int port) {
    Program sink =
        start(Program.commandLine("sink", "--listen", address + ":" + port, "--output", "json"));
    sink.awaitMessage("listening on");
    return sink;
  }

  /** Where a receiver listens. */
  public static int port(Program sink) {
    return Integer.parseInt(sink.awaitMessage("listening on .*:(\\d+)").group(1));
  }

  /** Starts tcpotel run on the cgroup; returns when it has attached. */
  public Program startRun(String... options) {
    List<String> arguments = new ArrayList<>(List.of("--scope", "cgroup:" + cgroup.path()));
    arguments.addAll(List.of(options));
    return startRunAnywhere(arguments.toArray(String[]::new));
  }

  /** Likewise, on what the options say. */
  public Program startRunAnywhere(String... options) {
    List<String> arguments = new ArrayList<>(List.of("run"));
    arguments.addAll(List.of(options));
    Program run = start(Program.commandLine(arguments.toArray(String[]::new)));
    run.awaitMessage("watching");
    return run;
  }

  /** Connects that often to a port where nobody listens. */
  public void refuse(int times) {
    namespace.run(
        () -> {
          for (int i = 0; i < times; i++) {
            try (TestSocket socket = TestSocket.v4()) {
              assertThat(socket.tryConnect(Endpoint.of("127.0.0.1", 9))).isNotZero();
            }
          }
        });
  }

  /** How many sockops programs are attached to {@code cgroup}, as the kernel tells it. */
  public static int attached(TestCgroup cgroup) {
    LibbpfLibrary.load();
    return SockopsPrograms.of(cgroup.path()).names().size();
  }

  /** Asks tcpotel run for its account. */
  public static SumsText askForSums(Program run) {
    int printed = sumsPrinted(run);
    run.signal("USR1");
    Await.until("sums after SIGUSR1", () -> sumsPrinted(run) > printed);
    return new SumsText(run.messages());
  }

  /** The last line of each account. */
  private static int sumsPrinted(Program run) {
    return run.messages().split("metrics +exported", -1).length;
  }

  /** Asks for the account until {@code name} is at least {@code wanted}. */
  public static void awaitSum(Program run, String name, long wanted) {
    Await.until(
        name + " " + wanted,
        () -> {
          Await.pause(50);
          return askForSums(run).get(name) >= wanted;
        });
  }

  /** The account of a run and what its collector has written. */
  public record Finished(SumsText sums, SinkLines lines) {}

  /** Ends {@code run}, then {@code sink}: both well, and with an account that closes. */
  public static Finished finish(Program run, Program sink) {
    assertThat(run.signal("TERM").await()).as(run.messages()).isZero();
    assertThat(sink.signal("TERM").await()).as(sink.messages()).isZero();
    SumsText sums = new SumsText(run.messages());
    assertThat(sums.unequal()).isEmpty();
    return new Finished(sums, new SinkLines(sink.outputLines()));
  }

  @Override
  public void close() {
    try {
      for (AutoCloseable started : running) {
        started.close();
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    } finally {
      cgroup.close();
      namespace.close();
    }
  }
}
