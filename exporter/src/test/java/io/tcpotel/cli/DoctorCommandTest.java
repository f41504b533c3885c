// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.TestCgroup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command on a host that has everything, and on hosts that lack something. */
@KernelTest
class DoctorCommandTest {
  /** The state of each finding on a complete host without a collector. */
  private static final String COMPLETE =
      """
      java runtime: ok
      java native access: ok
      kernel release: ok
      kernel BTF: ok
      permissions CAP_BPF: ok
      permissions CAP_PERFMON: ok
      permissions CAP_NET_ADMIN: ok
      permissions user namespace: ok
      cgroup mount: ok
      cgroup scope: ok
      libbpf library: ok
      capture other sockops: ok
      capture load and attach: ok
      capture long connections: ok
      capture older connections: ok
      collector endpoint: ok
      collector address: ok
      collector TCP: failed
      collector logs: skipped
      collector metrics: skipped
      collector traces: skipped
      """;

  private static final List<String> OF_THE_PROOF =
      List.of(
          "capture load and attach: skipped",
          "capture long connections: skipped",
          "capture older connections: skipped");

  /** {@link #COMPLETE} with other lines for some findings. */
  private static List<String> completeBut(List<String> changes, String... more) {
    Map<String, String> lines = new LinkedHashMap<>();
    COMPLETE.lines().forEach(line -> lines.put(line.split(":")[0], line));
    List<String> all = new ArrayList<>(changes);
    all.addAll(List.of(more));
    all.forEach(line -> assertThat(lines.put(line.split(":")[0], line)).isNotNull());
    return List.copyOf(lines.values());
  }

  private static Program doctor(
      Map<String, String> environment, List<String> starter, String... arguments) {
    List<String> line = new ArrayList<>(starter);
    line.addAll(Program.commandLine("doctor", "--endpoint", "127.0.0.1:9"));
    line.addAll(List.of(arguments));
    return Program.start(environment, line);
  }

  private static JsonObject json(int exitCode, Map<String, String> environment, String... starter) {
    try (Program program = doctor(environment, List.of(starter), "--output=json")) {
      assertThat(program.await()).as(program.messages()).isEqualTo(exitCode);
      assertThat(program.messages()).isEmpty();
      JsonObject page = JsonParser.parseString(program.output()).getAsJsonObject();
      assertThat(page.get("exit_code").getAsInt()).isEqualTo(exitCode);
      return page;
    }
  }

  private static List<String> states(JsonObject page) {
    List<String> lines = new ArrayList<>();
    for (JsonElement element : page.getAsJsonArray("findings")) {
      JsonObject it = element.getAsJsonObject();
      String state = it.get("state").getAsString();
      lines.add(it.get("area").getAsString() + " " + it.get("name").getAsString() + ": " + state);
      assertThat(it.get("remedy").isJsonNull())
          .as(lines.getLast())
          .isEqualTo(state.equals("ok") || state.equals("skipped"));
    }
    lines.remove("cgroup root: ok"); // a container has one of its own
    lines.remove("cgroup root: warning");
    return lines;
  }

  /** As a container sees its own cgroup, where the host's is not mounted. */
  @ParameterizedTest
  @ValueSource(strings = {"host", "pod"})
  void aRootThatIsNotTheHostsIsWarnedOf(String scope) {
    try (TestCgroup cgroup = TestCgroup.create();
        Program program =
            Program.start("doctor", "--scope", scope, "--cgroup-root", cgroup.path() + "")) {
      program.await();
      assertThat(program.output().replaceAll("\\s+", " "))
          .contains("warning root " + cgroup.path() + " is not the host's root cgroup: ");
    }
  }

  @Test
  void withACollectorAllIsWellAndNothingStaysAttached() {
    try (TestCgroup cgroup = TestCgroup.create();
        Program sink = Program.start("sink", "--listen", "127.0.0.1:0");
        Program tail = Program.start("tail", "--scope=cgroup:" + cgroup.path())) {
      tail.awaitMessage("watching ");
      String port = sink.awaitMessage("listening on 127.0.0.1:(\\d+)").group(1);
      String endpoint = "--endpoint=127.0.0.1:" + port;
      try (Program program = Program.start("doctor", endpoint, "--scope=cgroup:" + cgroup.path())) {
        assertThat(program.await()).as(program.output()).isZero();
        assertThat(program.output())
            .contains(
                "\n  ok       scope              " + cgroup.path() + ",",
                " excludes this process\n")
            .contains("\n  ok       other sockops      1 attached: observe_connect\n")
            .contains("\n  ok       load and attach    done, and detached again\n")
            .contains("\n  ok       long connections   reported while open\n")
            .contains("\n  skipped  older connections  this process is outside the scope\n")
            .contains("\n  ok       logs               an empty request was accepted\n")
            .contains("\n  ok       metrics            an empty request was accepted\n")
            .endsWith("\n\ntcpotel can capture here and send to the collector.\n");
      }
      assertThat(RunningPrograms.attached(cgroup)).isEqualTo(1);
    }
  }

  @Test
  void onlyTheCollectorIsAbsent() {
    assertThat(states(json(1, Map.of()))).isEqualTo(COMPLETE.lines().toList());
    try (Program program = doctor(Map.of(), List.of())) {
      assertThat(program.await()).isEqualTo(1);
      assertThat(program.output().replaceAll("\n {30,}", " "))
          .contains(
              "  failed   TCP                127.0.0.1:9: Connection refused -> start the"
                  + " collector, or name its address with --endpoint http://HOST:4317 or"
                  + " OTEL_EXPORTER_OTLP_ENDPOINT\n")
          .endsWith("tcpotel can capture here, but not send: 1 problem above to fix.\n");
    }
  }

  /** Without the privileges that come with uid 0, but able to read this test's class path. */
  @Test
  void anOrdinaryUserGetsTheWholePage() {
    JsonObject page = json(3, Map.of(), "setpriv", "--securebits=+noroot", "--inh-caps=-all");
    assertThat(states(page))
        .isEqualTo(
            completeBut(
                OF_THE_PROOF,
                "permissions CAP_BPF: missing",
                "permissions CAP_PERFMON: missing",
                "permissions CAP_NET_ADMIN: missing",
                "capture other sockops: skipped"));
    assertThat(page.toString())
        .contains("\"found\":\"needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN\"")
        .contains("AmbientCapabilities=CAP_BPF; in a container, capabilities.add BPF");
  }

  @Test
  void aHostWithoutLibbpfAndAHeaderThatStaysSecret() {
    JsonObject page =
        json(
            3,
            Map.of(
                "TCPOTEL_LIBBPF", "/nowhere/libbpf.so",
                "OTEL_EXPORTER_OTLP_HEADERS", "authorization=opensesame"));
    assertThat(states(page))
        .isEqualTo(
            completeBut(OF_THE_PROOF, "libbpf library: missing", "capture other sockops: skipped"));
    assertThat(page.toString())
        .contains("\"found\":\"needs libbpf\"", "apt-get install libbpf1")
        .doesNotContain("sesame");
  }
}
