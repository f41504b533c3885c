// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RequestLimitTest {
  private static final long MINUTE_NS = 60_000_000_000L;

  @Test
  void isWhatWasTakenForAMinute() {
    RequestLimit limit = new RequestLimit(1000, 100);
    assertThat(limit.bytes(5)).isEqualTo(1000);
    limit.accepted(400, 5);
    assertThat(limit.bytes(5)).isEqualTo(400);
    assertThat(limit.bytes(5 + MINUTE_NS)).isEqualTo(400);
    assertThat(limit.bytes(6 + MINUTE_NS)).isEqualTo(1000);
  }

  @Test
  void staysBetweenOneRecordAndTheConfiguredSize() {
    RequestLimit limit = new RequestLimit(1000, 100);
    limit.accepted(40, 0);
    assertThat(limit.bytes(0)).isEqualTo(100);
    limit.accepted(4000, 0);
    assertThat(limit.bytes(0)).isEqualTo(1000);
  }
}
