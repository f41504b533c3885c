// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Messages and exit codes of a program whose environment or host is not usable. */
class BadSituationTest {
  private static final Map<String, String> WRONG_ENVIRONMENT =
      Map.of(
          "TCPOTEL_RING_SIZE", "5000",
          "OTEL_LOGS_EXPORTER", "console",
          "OTEL_EXPORTER_OTLP_TIMEOUT", "soon",
          "OTEL_METRIC_EXPORT_INTERVAL", "0");
  private static final String OF_OTEL =
      """
      tcpotel: OTEL_LOGS_EXPORTER: 'console' is not supported
        write otlp or none
      tcpotel: OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' is no duration from 1 ms to 24 days
        write a number of milliseconds, as 10000, or 10s
      tcpotel: OTEL_METRIC_EXPORT_INTERVAL: '0' is no duration from 1 ms to 24 days
        write a number of milliseconds, as 10000, or 10s
      """;
  private static final String LIBBPF_REMEDY =
      "  install libbpf 1.0 or newer (Debian 12, Ubuntu 24.04: apt-get install libbpf1), or name one"
          + " in TCPOTEL_LIBBPF\n";
  private static final String THREE = "--bounding-set=-all,+bpf,+perfmon,+net_admin";

  @TempDir private Path folder;

  private static void requireMessage(Program program, int exitCode, String message) {
    try (program) {
      assertThat(program.await()).as(program.messages()).isEqualTo(exitCode);
      assertThat(program.messages()).isEqualTo(message);
      assertThat(program.output()).isEmpty();
    }
  }

  @Test
  void optionsAndOpenTelemetrysVariablesAreCheckedTogether() throws IOException {
    Path file = Files.writeString(folder.resolve("p"), "otel.exporter.otlp.timeout=never\n");
    requireMessage(
        Program.start(
            WRONG_ENVIRONMENT,
            Program.commandLine("run", "--for=3", "--scope=all", "--config", file.toString())),
        2,
        """
        tcpotel run: invalid value for option '--for': '3' is not a duration: write 500ms, 30s, 5m or 2h
          'tcpotel run --help' lists the options
        tcpotel: --ring-size: 5000 bytes is no power of two from 4KiB to 1GiB
          write 64KiB, 1MiB (the default), 4MiB or the like
        tcpotel: --scope: 'all' is unknown
          write host, pod, or cgroup:PATH with a cgroup v2 directory
        """
            + OF_OTEL);
  }

  @KernelTest
  @Test
  void openTelemetrysVariablesAreCheckedAlone() {
    Map<String, String> environment = new HashMap<>(WRONG_ENVIRONMENT);
    environment.remove("TCPOTEL_RING_SIZE");
    requireMessage(Program.start(environment, Program.commandLine("run")), 2, OF_OTEL);
    requireMessage(
        Program.start(
            Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"), Program.commandLine("run")),
        2,
        "tcpotel: OTEL_EXPORTER_OTLP_ENDPOINT: 'collector' begins with neither http nor https\n"
            + "  write http://HOST:4317 or, for TLS, https://HOST:4317; write an IPv6 address in"
            + " brackets\n");
  }

  /** {@code tail} for a moment, started by {@code words}. */
  private static List<String> tailBehind(String... words) {
    List<String> line = new ArrayList<>(List.of(words));
    line.addAll(Program.commandLine("tail", "--for", "100ms"));
    return line;
  }

  @KernelTest
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"-all | CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN", "-sys_admin,-perfmon | CAP_PERFMON"})
  void missingCapabilitiesAreNamed(String bounding, String missing) {
    List<String> line = tailBehind("setpriv", "--inh-caps=-all", "--bounding-set=" + bounding);
    requireMessage(
        Program.start(Map.of(), line),
        3,
        "tcpotel: load kernel programs: this process lacks "
            + missing
            + "\n  run as root, or give the process CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN\n");
  }

  @KernelTest
  @Test
  void threeCapabilitiesAreEnoughExceptForOtherNamespacesWhichIsSaid() {
    List<String> line = tailBehind("setpriv", "--inh-caps=-all", THREE);
    try (TestNamespace other = TestNamespace.create();
        Program program = Program.start(Map.of(), line)) {
      assertThat(program.await()).as(program.messages()).isZero();
      assertThat(program.messages())
          .containsPattern(
              "tcpotel: connections older than this program are not seen in \\d+ other network"
                  + " namespaces, which this process cannot enter: start it again with CAP_SYS_ADMIN, or"
                  + " do without them\n");
      assertThat(other.path()).exists();
    }
  }

  @KernelTest
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "mount -t tmpfs none /sys/kernel/btf"
            + "| load kernel programs: this kernel has no type information (/sys/kernel/btf/vmlinux)"
            + "| use a kernel built with CONFIG_DEBUG_INFO_BTF: 5.15 or newer of any distribution",
        "for m in $(awk '/ - cgroup2 / {print $5}' /proc/self/mountinfo); do umount -l $m; done"
            + "| find cgroup v2: it is not mounted"
            + "| mount it: mount -t cgroup2 none /sys/fs/cgroup/unified (create the directory), or"
            + " boot with systemd.unified_cgroup_hierarchy=1; in a container, mount the host's into"
            + " it"
      },
      quoteCharacter = '"')
  void aHostThatLacksSomethingIsExplained(String preparation, String reason, String remedy) {
    String script = preparation + "; exec \"$@\"";
    requireMessage(
        Program.start(Map.of(), tailBehind("unshare", "-m", "sh", "-ec", script, "sh")),
        3,
        "tcpotel: " + reason + "\n  " + remedy + "\n");
  }

  @KernelTest
  @Test
  void anAbsentAndAnOldLibbpfAreNamed() throws IOException {
    requireMessage(
        Program.start(Map.of("TCPOTEL_LIBBPF", "/nowhere/libbpf.so"), tailBehind()),
        3,
        "tcpotel: load libbpf: /nowhere/libbpf.so cannot be opened\n" + LIBBPF_REMEDY);
    Path source = Files.writeString(folder.resolve("old.c"), "int before_1_0;");
    Path library = folder.resolve("old.so");
    try (Program cc =
        Program.start(
            Map.of(),
            List.of("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString()))) {
      assertThat(cc.await()).as(cc.messages()).isZero();
    }
    requireMessage(
        Program.start(Map.of("TCPOTEL_LIBBPF", library.toString()), tailBehind()),
        3,
        "tcpotel: load libbpf: " + library + " is older than 1.0\n" + LIBBPF_REMEDY);
  }
}
