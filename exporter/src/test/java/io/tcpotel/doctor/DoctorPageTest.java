// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.Capabilities;
import io.tcpotel.cli.DoctorCommand;
import io.tcpotel.doctor.Finding.Area;
import io.tcpotel.doctor.Finding.State;
import io.tcpotel.recording.KernelRelease;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The page and the JSON of given findings, and what is made of facts of other hosts than this. */
class DoctorPageTest {
  private static final List<Finding> FINDINGS =
      List.of(
          Finding.ok(Area.JAVA, "runtime", "25"),
          Finding.warning(Area.KERNEL, "release", "5.10", "boot a newer one"),
          Finding.missing(
              Area.KERNEL,
              "BTF",
              "none \"here\" <x>",
              "one two three four five six seven eight nine ten eleven twelve"),
          Finding.failed(
              Area.CAPTURE,
              "load and attach",
              "load kernel programs: refused\n    libbpf: a first line of what libbpf has to say"
                  + "\n    libbpf: a second",
              "report it"),
          Finding.skipped(Area.COLLECTOR, "logs", "not reached"));

  private static final String PAGE =
      """
      tcpotel 0.1.0

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

      tcpotel cannot capture here: 2 things above to be mended.
      """;

  private static final String JSON =
      """
      {
        "version": "0.1.0",
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

  private static String withVersion(String text) {
    return text.replace("0.1.0", io.tcpotel.Release.VERSION);
  }

  @Test
  void thePage() {
    assertThat(DoctorPage.of(FINDINGS, false)).isEqualTo(withVersion(PAGE));
  }

  @Test
  void coloursAreTheOnlyDifferenceOnATerminal() {
    String coloured = DoctorPage.of(FINDINGS, true);
    assertThat(coloured).contains("\033[31mmissing\033[0m", "\033[32mok\033[0m");
    assertThat(coloured.replaceAll("\033\\[\\d+m", "")).isEqualTo(withVersion(PAGE));
  }

  @Test
  void theJson() {
    assertThat(DoctorJson.of(List.of(FINDINGS.get(0), FINDINGS.get(2)), 3))
        .isEqualTo(withVersion(JSON));
  }

  @Test
  void theExitCodeTellsTheKindsApart() {
    Finding collector = Finding.failed(Area.COLLECTOR, "TCP", "refused", "start it");
    assertThat(DoctorCommand.exitCode(FINDINGS)).isEqualTo(3);
    assertThat(DoctorCommand.exitCode(FINDINGS.subList(0, 2))).isZero();
    assertThat(DoctorCommand.exitCode(List.of(FINDINGS.get(0), collector))).isEqualTo(1);
    assertThat(DoctorCommand.exitCode(List.of(FINDINGS.get(2), collector))).isEqualTo(3);
    assertThat(DoctorPage.of(List.of(collector), false))
        .endsWith("tcpotel can capture here, but not send: 1 thing above to be mended.\n");
  }

  @Test
  void releasesOfTheKernel() {
    assertThat(List.of("5.15.0-91-generic", "6.1", "10.0.1")).allMatch(text -> isRecent(text));
    assertThat(List.of("5.14.21", "4.19.0", "unknown")).noneMatch(text -> isRecent(text));
  }

  private static boolean isRecent(String text) {
    return KernelCheck.release(KernelRelease.parse(text), "amd64").state() == State.OK;
  }

  @Test
  void lockedMemoryCountsBefore511() {
    KernelRelease old = KernelRelease.parse("5.10.0");
    assertThat(KernelCheck.lockedMemory(old, "65536").state()).isEqualTo(State.WARNING);
    assertThat(KernelCheck.lockedMemory(old, "65536").found()).startsWith("64KiB: ");
    assertThat(KernelCheck.lockedMemory(old, "unlimited").state()).isEqualTo(State.OK);
    KernelRelease newer = KernelRelease.parse("5.11.0");
    assertThat(KernelCheck.lockedMemory(newer, "65536").state()).isEqualTo(State.OK);
  }

  @Test
  void noTypeInformation() {
    assertThat(KernelCheck.typeInformation(Path.of("/nowhere/vmlinux")).state())
        .isEqualTo(State.MISSING);
  }

  @Test
  void namespacesOfAContainerAreWarnedAbout() {
    assertThat(PermissionCheck.userNamespace("         0          0 4294967295\n").state())
        .isEqualTo(State.OK);
    assertThat(PermissionCheck.userNamespace("         0       1000          1\n"))
        .isEqualTo(
            Finding.warning(
                Area.PERMISSIONS,
                "user namespace",
                "one of its own (uid_map 0 1000 1): capabilities hold inside it alone",
                "run in the host's: a container of root's, without userns-remap; Kubernetes,"
                    + " hostUsers: true"));
    assertThat(CgroupCheck.namespace("cgroup:[4026531835]").state()).isEqualTo(State.OK);
    assertThat(CgroupCheck.namespace("cgroup:[4026532501]").state()).isEqualTo(State.WARNING);
  }

  @Test
  void aCapabilityIsHeldNotHeldOrWithheld() {
    assertThat(Capabilities.NEEDED).containsExactly("CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN");
    assertThat(PermissionCheck.capabilities(List.of("CAP_BPF", "CAP_PERFMON"), List.of("CAP_BPF")))
        .extracting(Finding::found)
        .containsExactly(
            "not held, and withheld from this process: not even root has it", "not held", "held");
  }
}
