// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Release;
import io.tcpotel.bpf.Capabilities;
import io.tcpotel.doctor.Finding.Area;
import io.tcpotel.doctor.Finding.State;
import io.tcpotel.recording.KernelRelease;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Page, JSON and exit code of given findings, and findings about other hosts than this. */
class DiagnosisTest {
  private static final Finding OK = Area.JAVA.ok("runtime", "25");
  private static final Finding WARNING = Area.KERNEL.warning("release", "5.10", "boot a newer one");
  private static final Finding MISSING =
      Area.KERNEL.missing(
          "BTF",
          "none \"here\" <x>",
          "one two three four five six seven eight nine ten eleven twelve");
  private static final Finding FAILED =
      Area.CAPTURE.failed(
          "load and attach",
          "load kernel programs: refused\n    libbpf: a first line of what libbpf has to say"
              + "\n    libbpf: a second",
          "report it");
  private static final Finding SKIPPED = Area.COLLECTOR.skipped("logs", "not reached");
  private static final Finding REFUSED = Area.COLLECTOR.failed("TCP", "refused", "start it");

  private static final String PAGE =
      """
      tcpotel VERSION

      Java
        ok       runtime            25

      Kernel
        warning  release            5.10
                                    -> boot a newer one
        missing  BTF                none "here" <x>
                                    -> one two three four five six seven eight nine
                                       ten eleven twelve

      Capture
        failed   load and attach    load kernel programs: refused
                                    libbpf: a first line of what libbpf has to say
                                    libbpf: a second
                                    -> report it

      Collector
        skipped  logs               not reached

      tcpotel cannot capture here: 2 problems above to fix.
      """;

  private static final String JSON =
      """
      {
        "version": "VERSION",
        "exit_code": 3,
        "findings": [
          {
            "area": "java",
            "name": "runtime",
            "state": "ok",
            "found": "25",
            "remedy": null
          },
          {
            "area": "kernel",
            "name": "BTF",
            "state": "missing",
            "found": "none \\"here\\" <x>",
            "remedy": "one two three four five six seven eight nine ten eleven twelve"
          }
        ]
      }
      """;

  private static Diagnosis diagnosis(Finding... findings) {
    return new Diagnosis(List.of(findings));
  }

  private static String withVersion(String text) {
    return text.replace("VERSION", Release.VERSION);
  }

  @Test
  void thePageAndItsColours() {
    Diagnosis diagnosis = diagnosis(OK, WARNING, MISSING, FAILED, SKIPPED);
    assertThat(diagnosis.page(false)).isEqualTo(withVersion(PAGE));
    String coloured = diagnosis.page(true);
    assertThat(coloured)
        .contains("\033[32mok\033[0m", "\033[33mwarning\033[0m", "\033[2mskipped\033[0m")
        .contains("\033[31mmissing\033[0m", "\033[31mfailed\033[0m");
    assertThat(coloured.replaceAll("\033\\[\\d+m", "")).isEqualTo(withVersion(PAGE));
  }

  @Test
  void theJson() {
    assertThat(diagnosis(OK, MISSING).json()).isEqualTo(withVersion(JSON));
  }

  @Test
  void exitCodeAndVerdictTellTheKindsApart() {
    assertEnd(0, "can capture here and send to the collector.", OK, SKIPPED);
    assertEnd(
        0, "can capture here and send to the collector: read the warnings above.", OK, WARNING);
    assertEnd(1, "can capture here, but not send: 1 problem above to fix.", OK, REFUSED);
    assertEnd(3, "cannot capture here: 1 problem above to fix.", MISSING, REFUSED);
    assertEnd(3, "cannot capture here: 1 problem above to fix.", FAILED);
  }

  private static void assertEnd(int exitCode, String verdict, Finding... findings) {
    assertThat(diagnosis(findings).exitCode()).isEqualTo(exitCode);
    assertThat(diagnosis(findings).page(false)).endsWith("\n\ntcpotel " + verdict + "\n");
  }

  @Test
  void kernels() {
    assertThat(List.of("5.15.0-91-generic", "6.1", "10.0.1")).allMatch(DiagnosisTest::isRecent);
    assertThat(List.of("5.14.21", "4.19.0", "unknown")).noneMatch(DiagnosisTest::isRecent);
    assertThat(KernelCheck.typeInformation(Path.of("/nowhere/vmlinux")).state())
        .isEqualTo(State.MISSING);
  }

  @Test
  void aReleaseThatCannotBeReadIsNotCalledOld() {
    Finding release = KernelCheck.release(KernelRelease.parse("unknown"), "amd64");
    assertThat(release.state()).isEqualTo(State.WARNING);
    assertThat(release.found()).isEqualTo("unknown, amd64: cannot be compared");
  }

  private static boolean isRecent(String text) {
    return KernelCheck.release(KernelRelease.parse(text), "amd64").state() == State.OK;
  }

  @Test
  void namespacesOfAContainer() throws IOException {
    assertThat(PermissionCheck.userNamespace("         0          0 4294967295\n").state())
        .isEqualTo(State.OK);
    Finding user = PermissionCheck.userNamespace("         0       1000          1\n");
    assertThat(user.state()).isEqualTo(State.WARNING);
    assertThat(user.found()).contains("uid_map 0 1000 1");
    assertThat(user.remedy()).contains("hostUsers: true");
    Path folder = Files.createTempDirectory("cgroup");
    assertThat(CgroupCheck.root(folder).state()).isEqualTo(State.OK);
    Path events = Files.createFile(folder.resolve("cgroup.events"));
    Finding cgroup = CgroupCheck.root(folder);
    Files.delete(events);
    Files.delete(folder);
    assertThat(cgroup.state()).isEqualTo(State.WARNING);
    assertThat(cgroup.remedy()).contains("--cgroupns=host");
  }

  @Test
  void aCapabilityIsHeldNotHeldOrWithheld() {
    assertThat(Capabilities.NEEDED).containsExactly("CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN");
    assertThat(PermissionCheck.capabilities(List.of("CAP_BPF", "CAP_PERFMON"), List.of("CAP_BPF")))
        .extracting(finding -> finding.state() + " " + finding.found())
        .containsExactly(
            "MISSING not held, and outside the bounding set: not even root has it",
            "MISSING not held",
            "OK held");
  }
}
