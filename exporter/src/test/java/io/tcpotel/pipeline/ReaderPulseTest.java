// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

/** With a clock of the test's own. */
class ReaderPulseTest {
  private long nowNs = 100;
  private final ReaderPulse pulse = new ReaderPulse(() -> nowNs);

  private void requireSince(long turnNs, long recordNs) {
    assertThat(pulse.sinceTurn()).isEqualTo(Duration.ofNanos(turnNs));
    assertThat(pulse.sinceRecord()).isEqualTo(Duration.ofNanos(recordNs));
  }

  @Test
  void bothTimesBeginAtTheStart() {
    nowNs = 107;
    requireSince(7, 7);
  }

  @Test
  void eachDrainIsATurnAndOnlyOneWithRecordsFoundSome() {
    nowNs = 110;
    pulse.afterDrain(3);
    nowNs = 120;
    requireSince(10, 10);
    pulse.afterDrain(3);
    nowNs = 125;
    requireSince(5, 15);
    pulse.afterDrain(4);
    nowNs = 127;
    requireSince(2, 2);
  }
}
