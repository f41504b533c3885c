// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;

/** A skipped test must not look like a passed one where it has to run. */
class KernelRequirementTest {
  private static ConditionEvaluationResult evaluate(String value, String... missing) {
    return KernelRequirement.evaluate("of x", List.of(missing), "REQUIRE_X", value);
  }

  @Test
  void skipsOrFailsWithTheReason() {
    assertThat(evaluate("1").isDisabled()).isFalse();
    assertThat(evaluate("", "CAP_BPF", "a mount").getReason().orElseThrow())
        .isEqualTo("missing for tests of x: CAP_BPF; a mount");
    assertThat(evaluate(null, "a mount").isDisabled()).isTrue();
    assertThatThrownBy(() -> evaluate("1", "a mount"))
        .hasMessage("missing for tests of x: a mount (REQUIRE_X is 1)");
  }
}
