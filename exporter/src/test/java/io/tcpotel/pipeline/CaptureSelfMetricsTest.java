// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.ProbeAbi;
import java.util.Collection;
import org.junit.jupiter.api.Test;

/** A kind or an outcome that the kernel side gets must not be missing in telemetry. */
class CaptureSelfMetricsTest {
  private static void requireAll(Collection<Integer> named, int end, int begin) {
    for (int value = begin; value < end; value++) {
      assertThat(named).contains(value);
    }
  }

  @Test
  void namesEveryKindAndOutcome() {
    requireAll(CaptureSelfMetrics.KINDS.values(), ProbeAbi.TCP_PROBE_KINDS(), 1);
    requireAll(CaptureSelfMetrics.OUTCOMES.values(), ProbeAbi.TCP_PROBE_OUTCOMES(), 0);
  }
}
