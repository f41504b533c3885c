// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code demo} in a process of its own. What it should print stands in resources, masked; what it
 * did print, in the build's folder.
 */
@KernelTest
class DemoKernelTest {
  private static final int COLUMNS = 80;
  private static final String UTF_8 = "C.UTF-8";

  /** What would break the demo, or send its data elsewhere. */
  private static final Map<String, String> HOSTILE =
      Map.of(
          "OTEL_EXPORTER_OTLP_ENDPOINT", "https://192.0.2.1:4317",
          "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "nonsense",
          "OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf",
          "OTEL_EXPORTER_OTLP_CERTIFICATE", "/nowhere/ca.pem",
          "OTEL_EXPORTER_OTLP_HEADERS", "=",
          "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta",
          "OTEL_METRIC_EXPORT_INTERVAL", "often",
          "OTEL_LOGS_EXPORTER", "none",
          "OTEL_METRICS_EXPORTER", "console",
          "OTEL_SDK_DISABLED", "true");

  private final RunningPrograms programs = new RunningPrograms();

  @AfterEach
  void end() {
    programs.close();
  }

  private List<String> demo(String limit) {
    return Program.commandLine(
        "demo", "--for", limit, "--scope", "cgroup:" + programs.cgroup().path());
  }

  private Program start(Map<String, String> environment, List<String> command) {
    Map<String, String> all = new HashMap<>(environment);
    all.put("COLUMNS", Integer.toString(COLUMNS));
    all.putIfAbsent("NO_COLOR", "");
    return programs.start(all, command);
  }

  private Program start(String limit) {
    return start(Map.of(), demo(limit));
  }

  /** On a terminal of its own. */
  private static List<String> onTerminal(List<String> command) {
    String line = command.stream().map(word -> "'" + word + "'").collect(Collectors.joining(" "));
    return List.of("script", "-qec", line, "/dev/null");
  }

  @ParameterizedTest
  @CsvSource({"terminal, true, '', C.UTF-8", "no-color, true, 1, C.UTF-8", "pipe, false, '', C"})
  void showsEachKindOfConnectionAndAnAccountThatCloses(
      String golden, boolean terminal, String noColor, String locale) throws IOException {
    Map<String, String> environment = new HashMap<>(HOSTILE);
    environment.put("NO_COLOR", noColor);
    environment.put("LC_ALL", locale);
    List<String> command = terminal ? onTerminal(demo("6s")) : demo("6s");
    try (Program program = start(environment, command)) {
      assertThat(program.await()).as(program.messages()).isZero();
      assertThat(program.messages()).isEmpty();
      DemoText text = new DemoText(program.outputLines());
      assertThat(text.plain()).allMatch(line -> line.length() <= COLUMNS);
      requireEachKind(text.connections());
      requireEachSlowness(text);
      text.requireTracesOfBothEnds();
      assertThat(text.sums()).hasSize(10).allMatch(DemoText::closes);
      DemoText.requireGolden(golden, text.masked().replaceFirst("watched .*", "watched CGROUP"));
    }
  }

  private static void requireEachKind(List<String> connections) {
    assertThat(connections).anyMatch(line -> line.matches(".*client .* - .* connection_refused"));
    assertThat(connections).anyMatch(line -> line.matches(".*client .* connection_aborted"));
    assertThat(connections).anyMatch(line -> line.matches(".*server .* connection_reset"));
    assertThat(connections)
        .as("slow")
        .anyMatch(line -> line.matches(".*client +([1-9]\\d\\dms|[12]\\.\\d\\ds) .*"));
    assertThat(connections).as("large").anyMatch(line -> line.matches(".*server .*\\d\\.\\dM .*"));
    assertThat(connections).as("IPv6").anyMatch(line -> line.contains("[::1]"));
  }

  private static void requireEachSlowness(DemoText text) {
    assertThat(text.connections())
        .as("read late")
        .anyMatch(line -> line.matches(".*server +[6-9]\\d\\dms .* receiver"))
        .as("acknowledged late")
        .anyMatch(line -> line.matches(".*client +[4-9]\\d\\dms .*:(\\d+) network"))
        .as("too small a buffer")
        .anyMatch(line -> line.matches(".*client +([4-9]\\d\\dms|[12]\\.\\d+s) .* send_buffer"))
        .as("answered late")
        .anyMatch(line -> line.matches(".*client +([1-9]\\d\\dms|[12]\\.\\d+s) .* application"));
    String late = text.latePort();
    assertThat(text.connections())
        .as("not accepted for long")
        .anyMatch(line -> line.matches(".*server +1\\.[3-9]\\d*s .* :" + late + " < .*"))
        .as("no handshake")
        .anyMatch(
            line -> line.matches(".*client +1\\.[3-9]\\d*s .* - .*:" + late + " canceled/connect"));
    assertThat(text.plain())
        .anyMatch(line -> line.matches("  found the accept queue full +0 +[1-9]\\d*"));
  }

  private static ProcessHandle traffic(Program program) {
    return ProcessHandle.of(program.pid()).orElseThrow().children().findFirst().orElseThrow();
  }

  @Test
  void nothingIsLeftAfterKill() throws Exception {
    try (Program program = start("60s")) {
      program.awaitOutput("client");
      ProcessHandle traffic = traffic(program);
      assertThat(traffic.isAlive()).isTrue();
      program.signal("KILL").await();
      traffic.onExit().get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
    assertThat(RunningPrograms.attached(programs.cgroup())).isZero();
  }

  @ParameterizedTest
  @ValueSource(strings = {"INT", "TERM"})
  void aSignalEndsEarlyWithTheAccount(String signal) throws Exception {
    try (Program program = start("60s")) {
      program.awaitOutput("client");
      ProcessHandle traffic = traffic(program);
      assertThat(program.signal(signal).await()).as(program.messages()).isZero();
      assertThat(new DemoText(program.outputLines()).sums()).allMatch(DemoText::closes);
      traffic.onExit().get(Await.LIMIT.toSeconds(), TimeUnit.SECONDS);
    }
  }
}
