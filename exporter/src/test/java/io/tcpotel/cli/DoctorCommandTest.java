// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tcpotel.testing.AttachedPrograms;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestCgroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The whole command, on a host that has all and on hosts that lack something. */
class DoctorCommandTest {
  private static final String HEAD =
      """
      tcpotel #

      Java
        ok       runtime            #
        ok       native access      enabled

      Kernel
        ok       release            #
      """;
  private static final String BTF =
      """
        ok       BTF                /sys/kernel/btf/vmlinux
        ok       memory lock limit  # (does not count for BPF since 5.11)

      """;
  private static final String PERMISSIONS =
      """
      Permissions
        ok       CAP_BPF            held
        ok       CAP_PERFMON        held
        ok       CAP_NET_ADMIN      held
        ok       user namespace     the host's

      """;
  private static final String CGROUP =
      """
      cgroup v2
        ok       mount              #
        ok       scope              CGROUP, this process outside of it

      """;
  private static final String LIBBPF =
      """
      libbpf
        ok       library            #

      """;
  private static final String CAPTURE =
      """
      Capture
        ok       other sockops      none
        ok       load and attach    done, and detached again
        ok       long connections   reported while they live
        skipped  older connections  this process is outside of the scope

      """;
  private static final String NO_COLLECTOR =
      """
      Collector
        ok       endpoint           http://127.0.0.1:9
        ok       address            127.0.0.1
        failed   TCP                127.0.0.1:9: Connection refused \
      -> start the collector, or name its address with --endpoint http://HOST:4317 or \
      OTEL_EXPORTER_OTLP_ENDPOINT
        skipped  logs               the collector was not reached
        skipped  metrics            the collector was not reached
        skipped  traces             tcpotel sends none yet

      """;

  /** The end of the program, its exit code and its page in lines that are not broken. */
  private static String page(Program program, int exitCode, Object cgroup) {
    try (program) {
      assertThat(program.await()).as(program.messages() + program.output()).isEqualTo(exitCode);
      assertThat(program.messages()).isEmpty();
      return program
          .output()
          .replaceAll("\n {30,}", " ")
          .replaceFirst("tcpotel \\S+", "tcpotel #")
          .replaceAll("(?m)^(  ok       (runtime|release|mount|library) +).*", "$1#")
          .replaceAll("(memory lock limit +)\\S+", "$1#")
          .replaceAll("(127.0.0.1:)\\d{4,}", "$1#")
          .replace(cgroup.toString(), "CGROUP");
    }
  }

  private static List<String> line(List<String> words, String... arguments) {
    List<String> line = new ArrayList<>(words);
    line.addAll(Program.commandLine("doctor", "--endpoint", "127.0.0.1:9"));
    line.addAll(List.of(arguments));
    return line;
  }

  private static Program doctorBehind(List<String> words, String... arguments) {
    return Program.start(Map.of(), line(words, arguments));
  }

  private static Program doctorAfter(String preparation, String... arguments) {
    return doctorBehind(
        List.of("unshare", "-m", "sh", "-ec", preparation + "; exec \"$@\"", "sh"), arguments);
  }

  private static String scope(TestCgroup cgroup) {
    return "--scope=cgroup:" + cgroup.path();
  }

  @KernelTest
  @Test
  void allIsWellWithACollector() {
    try (TestCgroup cgroup = TestCgroup.create();
        Program sink = Program.start("sink", "--listen", "127.0.0.1:0")) {
      String port = sink.awaitMessage("listening on 127.0.0.1:(\\d+)").group(1);
      String endpoint = "--endpoint=127.0.0.1:" + port;
      assertThat(page(Program.start("doctor", endpoint, scope(cgroup)), 0, cgroup.path()))
          .isEqualTo(
              HEAD
                  + BTF
                  + PERMISSIONS
                  + CGROUP
                  + LIBBPF
                  + CAPTURE
                  + """
                  Collector
                    ok       endpoint           http://127.0.0.1:#
                    ok       address            127.0.0.1
                    ok       TCP                connected to 127.0.0.1:#
                    skipped  TLS                plain text, as the endpoint says
                    ok       logs               an empty request was accepted
                    ok       metrics            an empty request was accepted
                    skipped  traces             tcpotel sends none yet

                  tcpotel can capture here and send to the collector.
                  """);
      assertThat(AttachedPrograms.count(cgroup.path())).isZero();
    }
  }

  @KernelTest
  @Test
  void onlyTheCollectorIsAbsent() {
    try (TestCgroup cgroup = TestCgroup.create()) {
      assertThat(page(doctorBehind(List.of(), scope(cgroup)), 1, cgroup.path()))
          .isEqualTo(
              HEAD
                  + BTF
                  + PERMISSIONS
                  + CGROUP
                  + LIBBPF
                  + CAPTURE
                  + NO_COLLECTOR
                  + "tcpotel can capture here, but not send: 1 thing above to be mended.\n");
    }
  }

  /** Without the privileges that come with uid 0, but able to read this test's class path. */
  @KernelTest
  @Test
  void anOrdinaryUserReadsTheWholePage() {
    List<String> ordinary = List.of("setpriv", "--securebits=+noroot", "--inh-caps=-all");
    String page = page(doctorBehind(ordinary), 3, "/nowhere");
    assertThat(page)
        .contains(missing("BPF") + missing("PERFMON") + missing("NET_ADMIN"))
        .contains(
            """
            Capture
              skipped  other sockops      the kernel does not tell: EPERM, operation not permitted
              skipped  load and attach    needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN
              skipped  long connections   needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN
              skipped  older connections  needs CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN
            """)
        .contains(HEAD + BTF + "Permissions\n", LIBBPF)
        .endsWith(NO_COLLECTOR + "tcpotel cannot capture here: 3 things above to be mended.\n");
  }

  private static String missing(String name) {
    return String.format(
        "  missing  %-19snot held -> run as root, or have it granted: systemd,"
            + " AmbientCapabilities=CAP_%s; in a container, capabilities.add %s%n",
        "CAP_" + name, name, name);
  }

  @KernelTest
  @Test
  void aCapabilityTakenFromRootIsNamed() {
    List<String> bounded =
        List.of("setpriv", "--bounding-set=-sys_admin,-perfmon", "--inh-caps=-all");
    assertThat(page(doctorBehind(bounded), 3, "/nowhere"))
        .contains(
            "  ok       CAP_BPF            held\n"
                + "  missing  CAP_PERFMON        not held, and withheld from this process: not even"
                + " root has it -> have it granted by what starts this: systemd,"
                + " CapabilityBoundingSet=CAP_PERFMON; in a container, capabilities.add PERFMON\n"
                + "  ok       CAP_NET_ADMIN      held\n")
        .contains("  skipped  load and attach    needs CAP_PERFMON\n");
  }

  @KernelTest
  @Test
  void aKernelWithoutTypeInformation() {
    try (TestCgroup cgroup = TestCgroup.create()) {
      Program program = doctorAfter("mount -t tmpfs none /sys/kernel/btf", scope(cgroup));
      assertThat(page(program, 3, cgroup.path()))
          .isEqualTo(
              HEAD
                  + "  missing  BTF                this kernel has no type information"
                  + " (/sys/kernel/btf/vmlinux) -> use a kernel built with CONFIG_DEBUG_INFO_BTF:"
                  + " 5.15 or newer of any distribution; in a container, /sys must be mounted\n"
                  + BTF.substring(BTF.indexOf('\n') + 1)
                  + PERMISSIONS
                  + CGROUP
                  + LIBBPF
                  + """
                  Capture
                    ok       other sockops      none
                    skipped  load and attach    needs BTF
                    skipped  long connections   needs BTF
                    skipped  older connections  needs BTF

                  """
                  + NO_COLLECTOR
                  + "tcpotel cannot capture here: 1 thing above to be mended.\n");
    }
  }

  @KernelTest
  @Test
  void aHostWithoutCgroupV2() {
    String unmountAll =
        "for m in $(awk '/ - cgroup2 / {print $5}' /proc/self/mountinfo); do umount -l $m; done";
    assertThat(page(doctorAfter(unmountAll), 3, "/nowhere"))
        .isEqualTo(
            HEAD
                + BTF
                + PERMISSIONS
                + """
                cgroup v2
                  missing  mount              it is not mounted \
                -> mount it: mount -t cgroup2 none /sys/fs/cgroup/unified (create the directory), \
                or boot with systemd.unified_cgroup_hierarchy=1
                  skipped  scope              needs cgroup v2

                """
                + LIBBPF
                + """
                Capture
                  skipped  other sockops      needs cgroup v2
                  skipped  load and attach    needs cgroup v2
                  skipped  long connections   needs cgroup v2
                  skipped  older connections  needs cgroup v2

                """
                + NO_COLLECTOR
                + "tcpotel cannot capture here: 1 thing above to be mended.\n");
  }

  @KernelTest
  @Test
  void theJsonHasTheSameFindings() {
    try (TestCgroup cgroup = TestCgroup.create();
        Program program =
            Program.start(
                Map.of(
                    "TCPOTEL_LIBBPF",
                    "/nowhere/libbpf.so",
                    "OTEL_EXPORTER_OTLP_HEADERS",
                    "authorization=opensesame"),
                line(List.of(), "--output=json", scope(cgroup)))) {
      assertThat(program.await()).as(program.messages()).isEqualTo(3);
      assertThat(program.output()).doesNotContain("sesame");
      JsonObject page = JsonParser.parseString(program.output()).getAsJsonObject();
      assertThat(page.keySet()).containsExactly("version", "exit_code", "findings");
      assertThat(page.get("exit_code").getAsInt()).isEqualTo(3);
      Stream<JsonElement> findings = page.getAsJsonArray("findings").asList().stream();
      assertThat(findings.map(DoctorCommandTest::line).collect(Collectors.joining(", ")))
          .isEqualTo(
              "java runtime ok, java native access ok, kernel release ok, kernel BTF ok,"
                  + " kernel memory lock limit ok, permissions CAP_BPF ok,"
                  + " permissions CAP_PERFMON ok, permissions CAP_NET_ADMIN ok,"
                  + " permissions user namespace ok, cgroup mount ok, cgroup scope ok,"
                  + " libbpf library missing: install libbpf 1.0 or newer (Debian 12, Ubuntu 24.04:"
                  + " apt-get install libbpf1), or name one in TCPOTEL_LIBBPF,"
                  + " capture other sockops skipped, capture load and attach skipped,"
                  + " capture long connections skipped, capture older connections skipped,"
                  + " collector endpoint ok, collector address ok, collector TCP failed: start the"
                  + " collector, or name its address with --endpoint http://HOST:4317 or"
                  + " OTEL_EXPORTER_OTLP_ENDPOINT, collector logs skipped,"
                  + " collector metrics skipped, collector traces skipped");
    }
  }

  private static String line(JsonElement element) {
    JsonObject finding = element.getAsJsonObject();
    assertThat(finding.keySet()).containsExactly("area", "name", "state", "found", "remedy");
    String remedy =
        finding.get("remedy").isJsonNull() ? "" : ": " + finding.get("remedy").getAsString();
    return finding.get("area").getAsString()
        + " "
        + finding.get("name").getAsString()
        + " "
        + finding.get("state").getAsString()
        + remedy;
  }

  @KernelTest
  @Test
  void aRunningCaptureIsAmongTheOtherPrograms() {
    try (TestCgroup cgroup = TestCgroup.create();
        Program tail = Program.start("tail", scope(cgroup))) {
      tail.awaitMessage("watching ");
      assertThat(page(doctorBehind(List.of(), scope(cgroup)), 1, cgroup.path()))
          .contains("  ok       other sockops      1 attached: observe_connect\n")
          .contains("  ok       load and attach    done, and detached again\n");
      assertThat(AttachedPrograms.count(cgroup.path())).isEqualTo(1);
    }
  }

  @KernelTest
  @Test
  void nothingButThePageIsPrintedOfANameThatDoesNotResolve() {
    assertThat(page(Program.start("doctor", "--endpoint=https://collector.invalid"), 1, "/nowhere"))
        .contains("  failed   address            the host collector.invalid cannot be resolved -> ")
        .contains("  ok       scope              /sys/fs/cgroup", ", this process within\n")
        .contains("  skipped  logs               the collector was not reached\n");
  }

  @KernelTest
  @Test
  void theRootCanBeNamedAsAScope() {
    assertThat(page(doctorBehind(List.of(), "--scope=cgroup:/"), 1, "/nowhere"))
        .contains("  ok       load and attach    done, and detached again\n")
        .contains("  ok       older connections  those older than tcpotel are watched, too\n");
  }

  @Test
  void aWrongScopeIsWrongUse() {
    try (Program program = Program.start("doctor", "--scope=pods")) {
      assertThat(program.await()).isEqualTo(2);
      assertThat(program.output()).isEmpty();
    }
  }
}
