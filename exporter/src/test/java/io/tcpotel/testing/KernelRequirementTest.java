// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;

class KernelRequirementTest {
  @Test
  void namesWhatIsMissing() {
    assertThat(KernelRequirement.missingPrivileges(status("0", "000001ffffffffff"))).isEmpty();
    assertThat(KernelRequirement.missingPrivileges(status("0", "0000003fffdfffff")))
        .containsExactly("CAP_SYS_ADMIN", "CAP_PERFMON", "CAP_BPF");
    assertThat(KernelRequirement.missingPrivileges(status("1000", "0000000000000000")))
        .containsExactly(
            "root (the effective user is 1000)",
            "CAP_NET_ADMIN",
            "CAP_SYS_ADMIN",
            "CAP_PERFMON",
            "CAP_BPF");
  }

  @Test
  void skipsOrFailsWithTheReason() {
    List<String> missing = List.of("CAP_BPF", "a cgroup v2 mount");
    assertThat(KernelRequirement.evaluate(List.of(), true).isDisabled()).isFalse();
    assertThat(KernelRequirement.evaluate(missing, false).isDisabled()).isTrue();
    assertThat(KernelRequirement.evaluate(missing, false).getReason().orElseThrow())
        .endsWith("CAP_BPF; a cgroup v2 mount");
    assertThatThrownBy(() -> KernelRequirement.evaluate(missing, true))
        .hasMessageContaining("CAP_BPF; a cgroup v2 mount")
        .hasMessageContaining("TCPOTEL_REQUIRE_KERNEL");
  }

  private static List<String> status(String effectiveUser, String effectiveCapabilities) {
    return List.of(
        "Name:\tjava",
        "Uid:\t1\t" + effectiveUser + "\t2\t3",
        "CapPrm:\tffffffffffffffff",
        "CapEff:\t" + effectiveCapabilities);
  }
}
