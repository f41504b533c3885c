// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.abi.ProbeAbi;
import org.junit.jupiter.api.Test;

/** A kind or an outcome that the kernel side gets must not be missing in telemetry. */
class CaptureSelfMetricsTest {
  @Test
  void namesEveryKindAndOutcome() {
    assertThat(RecordKind.values()).hasSize(ProbeAbi.TCP_PROBE_KINDS() - 1); // there is no kind 0
    assertThat(ReportOutcome.values()).hasSize(ProbeAbi.TCP_PROBE_OUTCOMES());
  }
}
