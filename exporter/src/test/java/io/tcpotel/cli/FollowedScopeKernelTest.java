// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.SinkLines;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.SumsText;
import io.tcpotel.testing.TestCgroup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A watched cgroup is removed and made again, as a service's is at each restart. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class FollowedScopeKernelTest {
  private static final String ATTACHED = "tcpotel.bpf.attach.active";

  @TempDir private Path folder;

  private final RunningPrograms programs = new RunningPrograms();

  @AfterEach
  void end() {
    programs.close();
  }

  private SocketPair connectIn(TestCgroup cgroup) {
    cgroup.join();
    SocketPair pair = programs.namespace().call(() -> SocketPair.over("127.0.0.1"));
    programs.cgroup().join();
    return pair;
  }

  private Program startRun(Program sink, String... options) throws Exception {
    Path file = folder.resolve("tcpotel.properties");
    Files.writeString(file, "otel.metric.export.interval=100\n");
    List<String> arguments = new ArrayList<>(List.of("--config", file.toString(), "--endpoint"));
    arguments.add("127.0.0.1:" + RunningPrograms.port(sink));
    arguments.addAll(List.of(options));
    return programs.startRunAnywhere(arguments.toArray(String[]::new));
  }

  @Test
  void theNewDirectoryIsWatchedAndWhatBeganInBetweenIsFound() throws Exception {
    Program sink = programs.startSink(0);
    TestCgroup service = programs.cgroup().child();
    Program run = startRun(sink, "--scope", "cgroup:" + service.path());
    connectIn(service).finish();
    RunningPrograms.awaitSum(run, "connections.opened", 2);
    awaitAttached(sink, 1L);
    service.close();
    run.awaitMessage("the watched cgroup was removed");
    awaitAttached(sink, 1L, 0L);
    try (TestCgroup again = programs.cgroup().child();
        SocketPair between = connectIn(again)) {
      run.awaitMessage("a watched cgroup or namespace was made again");
      RunningPrograms.awaitSum(run, "connections.adopted", 2);
      connectIn(again).finish();
      RunningPrograms.awaitSum(run, "connections.opened", 4);
      between.finish();
      RunningPrograms.awaitSum(run, "logs.exported", 6);
      awaitAttached(sink, 1L, 0L, 1L);
    }
    SumsText sums = RunningPrograms.finish(run, sink).sums();
    assertThat(sums.get("connections.live")).isZero();
  }

  /** Until the sink has received these values of tcpotel.bpf.attach.active in this order. */
  private static void awaitAttached(Program sink, Long... values) {
    Await.until("attached: " + List.of(values), () -> attached(sink).equals(List.of(values)));
  }

  /** The values of tcpotel.bpf.attach.active, in order, each as often as it changes to it. */
  private static List<Long> attached(Program sink) {
    return sink.outputLines().stream()
        .map(line -> new SinkLines(List.of(line)))
        .filter(request -> request.metricNames().contains(ATTACHED))
        .map(request -> request.sumOfMetric(ATTACHED, any -> true))
        .collect(ArrayList::new, FollowedScopeKernelTest::addChange, List::addAll);
  }

  private static void addChange(List<Long> values, long value) {
    if (values.isEmpty() || values.getLast() != value) {
      values.add(value);
    }
  }

  @Test
  void aFilterFollowsTheNameOfItsCgroup() throws Exception {
    Program sink = programs.startSink(0);
    TestCgroup service = programs.cgroup().child();
    Program run =
        startRun(
            sink,
            "--scope",
            "cgroup:" + programs.cgroup().path(),
            "--filter-cgroup",
            service.path().toString());
    service.close();
    try (TestCgroup again = programs.cgroup().child()) {
      run.awaitMessage("a watched cgroup or namespace was made again");
      connectIn(again).finish();
      RunningPrograms.awaitSum(run, "logs.exported", 2);
    }
    SumsText sums = RunningPrograms.finish(run, sink).sums();
    assertThat(sums.get("connections.opened")).isEqualTo(2);
  }
}
