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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What a user reads when something is wrong: step, reason, remedy, and an exit code that tells the
 * kinds apart.
 */
class BadSituationTest {
  private static final String CAPABILITIES =
      "  run as root, or give the process CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN\n";

  @TempDir private Path folder;

  private static void requireMessage(Program program, int exitCode, String message) {
    try (program) {
      assertThat(program.await()).as(program.messages()).isEqualTo(exitCode);
      assertThat(program.messages()).isEqualTo(message);
      assertThat(program.output()).isEmpty();
    }
  }

  static Stream<Arguments> wrongUse() {
    return Stream.of(
        Arguments.of(
            List.of(),
            "tcpotel: a command is missing\n  commands: demo, run, tail, record, replay, doctor, sink; see 'tcpotel --help'\n"),
        Arguments.of(
            List.of("watch"),
            "tcpotel: unmatched argument at index 0: 'watch'\n"
                + "  commands: demo, run, tail, record, replay, doctor, sink; see 'tcpotel --help'\n"),
        Arguments.of(
            List.of("run", "--endpont=x"),
            "tcpotel run: unknown option: '--endpont=x'\n  did you mean --endpoint?\n"),
        Arguments.of(
            List.of("run", "--endpoint", "ftp://collector:4317"),
            "tcpotel: --endpoint: 'ftp://collector:4317' is no collector's address\n"
                + "  write http://HOST:4317 or, for TLS, https://HOST:4317; an IPv6 address in brackets\n"),
        Arguments.of(
            List.of("tail", "--for", "3"),
            "tcpotel tail: invalid value for option '--for': '3' is no duration: write 500ms, 30s, 5m or"
                + " 2h\n  'tcpotel tail --help' lists the options\n"),
        Arguments.of(
            List.of("tail", "--ring-size", "5000"),
            "tcpotel: --ring-size: 5000 bytes is no power of two from 4KiB to 1GiB\n"
                + "  write 64KiB, 1MiB (the default), 4MiB or the like\n"),
        Arguments.of(
            List.of("tail", "--scope", "everything"),
            "tcpotel: --scope: 'everything' is unknown\n"
                + "  write host, pod, or cgroup:PATH with a cgroup v2 directory\n"),
        Arguments.of(
            List.of("run", "--config", "/nowhere/tcpotel.properties"),
            "tcpotel: --config /nowhere/tcpotel.properties: cannot be read:"
                + " java.nio.file.NoSuchFileException: /nowhere/tcpotel.properties\n"
                + "  name a file of lines like ring-size=1MiB\n"));
  }

  static Stream<Arguments> wrongUseOfCaptureFiles() {
    return Stream.of(
        Arguments.of(
            List.of("replay"),
            "tcpotel replay: missing required parameter: 'FILE'\n"
                + "  'tcpotel replay --help' lists the options\n"),
        Arguments.of(
            List.of("record", "/nowhere/conns", "--ring-size=5000"),
            "tcpotel: /nowhere/conns: there is no directory /nowhere\n"
                + "  name a file in a directory that you may write to\n"
                + "tcpotel: --ring-size: 5000 bytes is no power of two from 4KiB to 1GiB\n"
                + "  write 64KiB, 1MiB (the default), 4MiB or the like\n"),
        Arguments.of(
            List.of("record", "/dev", "--force"),
            "tcpotel: /dev: is a directory\n"
                + "  name a file in a directory that you may write to\n"),
        Arguments.of(
            List.of("replay", "/nowhere/conns", "--repeat", "0"),
            "tcpotel: /nowhere/conns: is not there\n"
                + "  name a readable file that 'tcpotel record' wrote\n"
                + "tcpotel: --repeat: 0 is no number of times\n"
                + "  give 1 or more\n"),
        Arguments.of(
            List.of("replay", "/dev"),
            "tcpotel: /dev: is a directory\n"
                + "  name a readable file that 'tcpotel record' wrote\n"),
        Arguments.of(
            List.of("replay", "/proc/self/cmdline"),
            "tcpotel: /proc/self/cmdline: is no capture\n"
                + "  name a file that 'tcpotel record' wrote\n"),
        Arguments.of(
            List.of("replay", "--speed", "fast", "/nowhere/conns", "--repeat=often"),
            "tcpotel replay: invalid value for option '--speed': expected one of [ORIGINAL, MAX]"
                + " (case-insensitive) but was 'fast'\n"
                + "  'tcpotel replay --help' lists the options\n"
                + "tcpotel replay: invalid value for option '--repeat': 'often' is not a long\n"
                + "  'tcpotel replay --help' lists the options\n"
                + "tcpotel: /nowhere/conns: is not there\n"
                + "  name a readable file that 'tcpotel record' wrote\n"));
  }

  static Stream<Arguments> severalAtOnce() {
    return Stream.of(
        Arguments.of(
            List.of("run", "--queue-bytes", "big", "--for=3", "--endpont=x"),
            "tcpotel run: invalid value for option '--queue-bytes': 'big' is no size: write a number of"
                + " bytes, or 64KiB, 8MiB, 1GiB\n  'tcpotel run --help' lists the options\n"
                + "tcpotel run: invalid value for option '--for': '3' is no duration: write 500ms, 30s,"
                + " 5m or 2h\n  'tcpotel run --help' lists the options\n"
                + "tcpotel run: unknown option: '--endpont=x'\n"
                + "  did you mean --endpoint?\n"),
        Arguments.of(
            List.of("run", "--ring-size", "5000", "--endpoint", "x:y", "--scope", "all"),
            "tcpotel: --endpoint: 'x:y' is no collector's address\n"
                + "  write http://HOST:4317 or, for TLS, https://HOST:4317; an IPv6 address in brackets\n"
                + "tcpotel: --ring-size: 5000 bytes is no power of two from 4KiB to 1GiB\n"
                + "  write 64KiB, 1MiB (the default), 4MiB or the like\n"
                + "tcpotel: --scope: 'all' is unknown\n"
                + "  write host, pod, or cgroup:PATH with a cgroup v2 directory\n"));
  }

  @ParameterizedTest
  @MethodSource({"wrongUse", "wrongUseOfCaptureFiles", "severalAtOnce"})
  void wrongUseIsExplainedAndExitsWith2(List<String> arguments, String message) {
    requireMessage(Program.start(arguments.toArray(String[]::new)), 2, message);
  }

  @Test
  void everyUnknownLineOfTheConfigurationFileIsNamedAtOnce() throws IOException {
    Path file = Files.writeString(folder.resolve("p"), "ring-sise=1MiB\nqueue=1\notel.x=1\n");
    requireMessage(
        Program.start("run", "--config", file.toString()),
        2,
        "tcpotel: --config: unknown: queue, ring-sise\n"
            + "  'tcpotel run --help' lists the options; write them without --\n");
  }

  private static final Map<String, String> WRONG_ENVIRONMENT =
      Map.of(
          "TCPOTEL_RING_SIZE", "5000",
          "TCPOTEL_QUEUE_BYTES", "big",
          "OTEL_LOGS_EXPORTER", "console",
          "OTEL_EXPORTER_OTLP_HEADERS", "sesame",
          "OTEL_EXPORTER_OTLP_TIMEOUT", "soon",
          "OTEL_EXPORTER_OTLP_CERTIFICATE", "/no/ca.pem",
          "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "there",
          "OTEL_METRIC_EXPORT_INTERVAL", "0");
  private static final String OF_OTEL =
      """
      tcpotel: OpenTelemetry configuration: otel.logs.exporter=console: only otlp and none are supported
        set the variable of that name (OTEL_...)
      tcpotel: OTEL_EXPORTER_OTLP_TIMEOUT: 'soon' is no duration
        write a number of milliseconds, as 10000, or 10s
      tcpotel: OTEL_METRIC_EXPORT_INTERVAL: '0' is no duration
        write a number of milliseconds, as 10000, or 10s
      """;

  @Test
  void allThatIsWrongInOptionsEnvironmentAndFileIsNamedAtOnce() throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("p"),
            "output=1\nsignals=spans\notel.exporter.otlp.compression=zip\n"
                + "otel.exporter.otlp.timeout=never\n");
    requireMessage(
        Program.start(
            WRONG_ENVIRONMENT,
            Program.commandLine("run", "--for=3", "--scope=all", "--config", file.toString())),
        2,
        """
        tcpotel run: invalid value for option '--for': '3' is no duration: write 500ms, 30s, 5m or 2h
          'tcpotel run --help' lists the options
        tcpotel run: invalid value for option '--queue-bytes': 'big' is no size: write a number of\
         bytes, or 64KiB, 8MiB, 1GiB (TCPOTEL_QUEUE_BYTES)
          'tcpotel run --help' lists the options
        tcpotel run: invalid value for option '--signals' (SIGNAL): expected one of [LOGS, METRICS]\
         (case-insensitive) but was 'spans' (in the file of --config)
          'tcpotel run --help' lists the options
        tcpotel: --config: unknown: output
          'tcpotel run --help' lists the options; write them without --
        tcpotel: --ring-size: 5000 bytes is no power of two from 4KiB to 1GiB
          write 64KiB, 1MiB (the default), 4MiB or the like
        tcpotel: --scope: 'all' is unknown
          write host, pod, or cgroup:PATH with a cgroup v2 directory
        """
            + OF_OTEL);
  }

  @KernelTest
  @Test
  void allThatIsWrongForTheExportIsNamedAtOnce() {
    Map<String, String> environment = new HashMap<>(WRONG_ENVIRONMENT);
    environment.put("TCPOTEL_RING_SIZE", "64KiB");
    environment.put("TCPOTEL_QUEUE_BYTES", "1MiB");
    requireMessage(Program.start(environment, Program.commandLine("run")), 2, OF_OTEL);
  }

  @Test
  void anUnreadableFileIsOneProblemOfSeveral() {
    requireMessage(
        Program.start(
            Map.of("TCPOTEL_CONFIG", "/no/file", "TCPOTEL_MAX_MESSAGE", "0"),
            Program.commandLine("sink", "--for=x", "--listen=y")),
        2,
        """
        tcpotel sink: invalid value for option '--for': 'x' is no duration: write 500ms, 30s, 5m or 2h
          'tcpotel sink --help' lists the options
        tcpotel: --config /no/file: cannot be read: java.nio.file.NoSuchFileException: /no/file
          name a file of lines like ring-size=1MiB
        tcpotel: --listen 'y': not an address and a port
          write HOST:PORT, as 127.0.0.1:4317 or [::1]:4317
        tcpotel: --max-message 0: out of range
          write a size from 1 to 2147483647 bytes
        """);
  }

  @Test
  void doctorNamesAllWrongOptionsAtOnceAndLeavesTheCollectorsToItsPage() {
    requireMessage(
        Program.start(
            WRONG_ENVIRONMENT, Program.commandLine("doctor", "--scope=all", "--endpoint=x:y")),
        2,
        """
        tcpotel: --endpoint: 'x:y' is no collector's address
          write http://HOST:4317 or, for TLS, https://HOST:4317; an IPv6 address in brackets
        tcpotel: --scope: 'all' is unknown
          write host, pod, or cgroup:PATH with a cgroup v2 directory
        """);
  }

  @KernelTest
  @Test
  void anUnusableEnvironmentIsExplained() {
    requireMessage(
        Program.start(
            Map.of("OTEL_EXPORTER_OTLP_ENDPOINT", "collector"), Program.commandLine("run")),
        2,
        "tcpotel: OTEL_EXPORTER_OTLP_ENDPOINT: OTLP endpoint must be a valid URL: collector\n"
            + "  write http://HOST:4317 or, for TLS, https://HOST:4317\n");
    requireMessage(
        Program.start(
            Map.of("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf"), Program.commandLine("run")),
        2,
        "tcpotel: OpenTelemetry configuration: otel.exporter.otlp.protocol=http/protobuf: only grpc"
            + " is supported (port 4317 of a collector)\n"
            + "  set the variable of that name (OTEL_...)\n");
  }

  /** Behind {@code words}, the program tailing for a moment. */
  private static List<String> tailBehind(String... words) {
    List<String> line = new ArrayList<>(List.of(words));
    line.addAll(Program.commandLine("tail", "--for", "100ms"));
    return line;
  }

  /** The same in a mount namespace of its own, after {@code preparation}. */
  private static List<String> tailAfter(String preparation) {
    return tailBehind("unshare", "-m", "sh", "-ec", preparation + "; exec \"$@\"", "sh");
  }

  @KernelTest
  @Test
  void missingCapabilitiesAreNamed() {
    requireMessage(
        Program.start(Map.of(), tailBehind("setpriv", "--bounding-set=-all", "--inh-caps=-all")),
        3,
        "tcpotel: load kernel programs: this process lacks CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN\n"
            + CAPABILITIES);
    requireMessage(
        Program.start(
            Map.of(),
            tailBehind("setpriv", "--bounding-set=-sys_admin,-perfmon", "--inh-caps=-all")),
        3,
        "tcpotel: load kernel programs: this process lacks CAP_PERFMON\n" + CAPABILITIES);
  }

  @KernelTest
  @Test
  void theThreeCapabilitiesAreEnough() {
    String three = "-all,+bpf,+perfmon,+net_admin";
    try (Program program =
        Program.start(
            Map.of(), tailBehind("setpriv", "--inh-caps=-all", "--bounding-set=" + three))) {
      assertThat(program.await()).as(program.messages()).isZero();
    }
  }

  @KernelTest
  @Test
  void whatTheThreeCapabilitiesDoNotShowIsSaid() {
    String three = "-all,+bpf,+perfmon,+net_admin";
    try (TestNamespace other = TestNamespace.create();
        Program program =
            Program.start(
                Map.of(), tailBehind("setpriv", "--inh-caps=-all", "--bounding-set=" + three))) {
      assertThat(program.await()).as(program.messages()).isZero();
      assertThat(program.messages())
          .containsPattern(
              "tcpotel: connections older than this program are not seen in \\d+ other network"
                  + " namespaces: that takes CAP_SYS_ADMIN\n");
      assertThat(other.path()).exists();
    }
  }

  @KernelTest
  @Test
  void aKernelWithoutTypeInformationIsNamed() {
    requireMessage(
        Program.start(Map.of(), tailAfter("mount -t tmpfs none /sys/kernel/btf")),
        3,
        "tcpotel: load kernel programs: this kernel has no type information"
            + " (/sys/kernel/btf/vmlinux)\n"
            + "  use a kernel built with CONFIG_DEBUG_INFO_BTF: 5.15 or newer of any distribution\n");
  }

  @KernelTest
  @Test
  void aHostWithoutCgroupV2IsNamed() {
    String unmountAll =
        "for m in $(awk '/ - cgroup2 / {print $5}' /proc/self/mountinfo); do umount -l $m; done";
    requireMessage(
        Program.start(Map.of(), tailAfter(unmountAll)),
        3,
        "tcpotel: find cgroup v2: it is not mounted\n"
            + "  mount it: mount -t cgroup2 none /sys/fs/cgroup/unified (create the directory), or boot"
            + " with systemd.unified_cgroup_hierarchy=1\n");
  }

  private static final String LIBBPF_REMEDY =
      "  install libbpf 1.0 or newer (Debian 12, Ubuntu 24.04: apt-get install libbpf1), or name one"
          + " in TCPOTEL_LIBBPF\n";

  @KernelTest
  @Test
  void aMissingLibbpfIsNamed() {
    requireMessage(
        Program.start(Map.of("TCPOTEL_LIBBPF", "/nowhere/libbpf.so"), tailBehind()),
        3,
        "tcpotel: load libbpf: /nowhere/libbpf.so cannot be opened\n" + LIBBPF_REMEDY);
  }

  @KernelTest
  @Test
  void aLibbpfBefore1IsNamed() throws IOException {
    Path source = Files.writeString(folder.resolve("old.c"), "int before_1_0;");
    Path library = folder.resolve("old.so");
    requireSuccess(List.of("cc", "-shared", "-fPIC", "-o", library.toString(), source.toString()));
    requireMessage(
        Program.start(Map.of("TCPOTEL_LIBBPF", library.toString()), tailBehind()),
        3,
        "tcpotel: load libbpf: " + library + " is older than 1.0\n" + LIBBPF_REMEDY);
  }

  private static void requireSuccess(List<String> command) {
    try (Program program = Program.start(Map.of(), command)) {
      assertThat(program.await()).as(program.messages()).isZero();
    }
  }
}
