// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** The causes of a refusal, from the texts of /proc and /sys on other hosts. */
class RefusalTest {
  @Test
  void aSeccompFilterIsOneOfMode1Or2() {
    assertThat(Refusal.seccomp("NoNewPrivs:\t1\nSeccomp:\t0\nSeccomp_filters:\t7\n")).isEmpty();
    assertThat(Refusal.seccomp("Seccomp:\t2\nSeccomp_filters:\t1\n")).isPresent();
    assertThat(Refusal.seccomp("Seccomp:\t1\n")).isPresent();
    assertThat(Refusal.seccomp("")).isEmpty();
  }

  @Test
  void lockdownCountsForConfidentialityOnly() {
    assertThat(Refusal.lockdown("none [integrity] confidentiality\n")).isEmpty();
    assertThat(Refusal.lockdown("[none] integrity confidentiality\n")).isEmpty();
    assertThat(Refusal.lockdown("none integrity [confidentiality]\n"))
        .hasValueSatisfying(cause -> assertThat(cause.remedy()).contains("lockdown=integrity"));
    assertThat(Refusal.lockdown("")).isEmpty();
  }

  @Test
  void theHostsUserNamespaceMapsEachUserToItself() {
    assertThat(Refusal.userNamespace("         0          0 4294967295\n")).isEmpty();
    assertThat(Refusal.userNamespace("0 100000 65536\n"))
        .hasValueSatisfying(cause -> assertThat(cause.reason()).contains("uid_map 0 100000 65536"));
  }

  @Test
  void tooManyOpenFilesAreNamedAsSuch() {
    assertThat(Refusal.explained("walk", 24))
        .hasValueSatisfying(
            failure -> {
              assertThat(failure.reason()).isEqualTo("EMFILE, too many open files");
              assertThat(failure.remedy()).contains("LimitNOFILE");
            });
    assertThat(Refusal.explained("walk", 12)).isEmpty();
  }
}
