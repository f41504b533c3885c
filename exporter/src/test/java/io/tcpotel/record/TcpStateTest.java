// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TcpStateTest {
  /** The numbers of include/net/tcp_states.h. */
  @ParameterizedTest
  @CsvSource({
    "1, established",
    "2, syn_sent",
    "3, syn_received",
    "4, fin_wait_1",
    "5, fin_wait_2",
    "6, time_wait",
    "7, closed",
    "8, close_wait",
    "9, last_ack",
    "10, listen",
    "11, closing",
    "12, syn_received"
  })
  void namesTheKernelsStates(int number, String value) {
    assertThat(TcpState.of(number).value()).isEqualTo(value);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 13, 255})
  void knowsNoOtherNumber(int number) {
    assertThat(TcpState.of(number)).isNull();
  }
}
