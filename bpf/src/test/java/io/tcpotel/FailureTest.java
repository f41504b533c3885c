// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.LIST;

import java.util.List;
import org.junit.jupiter.api.Test;

class FailureTest {
  @Test
  void saysStepReasonAndRemedy() {
    assertThat(Failure.missing("load libbpf", "too old", "install 1.0"))
        .hasMessage("load libbpf: too old" + System.lineSeparator() + "  install 1.0");
  }

  @Test
  void namesASettingAsItIsAskedTo() {
    Failure size = Failure.usage(Setting.RING_SIZE, "too small", "write 1MiB");
    assertThat(size).hasMessage("ring size: too small" + System.lineSeparator() + "  write 1MiB");
    assertThat(Failure.all(List.of(Failure.usage("scope", "unknown", "write host"), size)))
        .extracting(failure -> failure.message(Enum::name).lines().toList(), LIST)
        .containsExactly(
            "scope: unknown", "  write host", "tcpotel: RING_SIZE: too small", "  write 1MiB");
  }

  @Test
  void hasTheExitCodeOfItsKind() {
    Exception cause = new IllegalStateException("why");
    assertThat(Failure.running("flush", "interrupted", "nothing", cause).exitCode()).isEqualTo(1);
    assertThat(Failure.running("flush", "interrupted", "nothing", cause)).hasCause(cause);
    assertThat(Failure.usage("a", "b", "c").exitCode()).isEqualTo(2);
    assertThat(Failure.missing("a", "b", "c").exitCode()).isEqualTo(3);
  }

  @Test
  void theReleaseKnowsItsVersion() {
    assertThat(Release.NAME).isEqualTo("tcpotel");
    assertThat(Release.VERSION).matches("\\d+\\.\\d+\\.\\d+.*");
  }
}
