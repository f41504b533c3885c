// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FailureTest {
  @Test
  void saysStepReasonAndRemedy() {
    assertThat(Failure.usage("--ring-size", "too small", "write 1MiB"))
        .hasMessage("--ring-size: too small" + System.lineSeparator() + "  write 1MiB");
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
