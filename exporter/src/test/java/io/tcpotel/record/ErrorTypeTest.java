// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.RecordImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorTypeTest {
  @Test
  void hasTheClosedListOfTheContract() {
    assertThat(ErrorType.values())
        .extracting(ErrorType::value)
        .containsExactlyInAnyOrder(
            "connection_refused",
            "timed_out",
            "host_unreachable",
            "network_unreachable",
            "access_denied",
            "address_not_available",
            "connection_reset",
            "broken_pipe",
            "connection_aborted",
            "canceled",
            "unobserved",
            "_OTHER");
  }

  @Test
  void aConnectionThatHasNotEndedHasNoErrorUnlessNobodyObservesIt() {
    assertThat(ErrorType.of(RecordImage.open().skErr(111).view())).isNull();
    assertThat(ErrorType.of(RecordImage.update().skErr(104).view())).isNull();
    assertThat(ErrorType.of(RecordImage.unobserved().skErr(104).view()))
        .isEqualTo(ErrorType.UNOBSERVED);
  }

  /** States: 2 SYN_SENT, 3 SYN_RECV, 7 CLOSE. */
  @ParameterizedTest(name = "errno {0} in state {1}: {2}")
  @CsvSource({
    "111, 2, connection_refused",
    "110, 2, timed_out",
    "113, 2, host_unreachable",
    "101, 2, network_unreachable",
    "13,  2, access_denied",
    "1,   2, access_denied",
    "99,  2, address_not_available",
    "104, 2, connection_reset",
    "32,  2, broken_pipe",
    "103, 2, connection_aborted",
    "92,  2, _OTHER",
    "65535, 2, _OTHER",
    "111, 3, connection_refused",
    "0,   2, canceled",
    "0,   3, _OTHER"
  })
  void namesWhyAConnectFailed(int errno, int previous, String expected) {
    RecordImage image = RecordImage.failure().skErr(errno).previousState(previous);
    assertThat(ErrorType.of(image.view()).value()).isEqualTo(expected);
  }

  /**
   * States: 1 ESTABLISHED, 3 SYN_RECV, 4 FIN_WAIT1, 5 FIN_WAIT2, 6 TIME_WAIT, 8 CLOSE_WAIT, 9
   * LAST_ACK, 11 CLOSING. An empty last column is a good end.
   */
  @ParameterizedTest(name = "errno {0}, state {1}, fin {2}, unacked {3}, unread {4}: {5}")
  @CsvSource({
    // orderly: both FINs, whoever was first
    "0, 9,  true,  0, 0,",
    "0, 5,  true,  0, 0,",
    "0, 5,  false, 0, 0,",
    "0, 4,  false, 0, 0,",
    "0, 11, true,  0, 0,",
    "0, 6,  true,  0, 0,",
    "0, 8,  true,  0, 0,",
    // a reset before any FIN
    "104, 1, false, 0, 0, connection_reset",
    "104, 1, false, 9, 0, connection_reset",
    "104, 3, false, 0, 0, connection_reset",
    // a reset after the peer's FIN
    "32,  8, true,  0, 0, broken_pipe",
    "104, 8, true,  0, 0, connection_reset",
    // a reset after our FIN: only if something was lost with it
    "104, 4,  false, 0, 0,",
    "104, 5,  false, 0, 0,",
    "104, 9,  true,  0, 0,",
    "104, 11, true,  0, 0,",
    "32,  9,  true,  0, 0,",
    "104, 4,  false, 1, 0, connection_reset",
    "104, 9,  true,  1, 0, connection_reset",
    "32,  9,  true,  7, 0, broken_pipe",
    // silence
    "110, 1, false, 0, 0, timed_out",
    "110, 3, false, 0, 0, timed_out",
    "110, 8, true,  0, 0, timed_out",
    "110, 4, false, 5, 0, timed_out",
    "110, 4, false, 0, 0,",
    "113, 1, false, 0, 0, host_unreachable",
    "101, 1, false, 0, 0, network_unreachable",
    // aborted here: no FIN at all, or close() over data that nobody read
    "0,   1, false, 0, 0, connection_aborted",
    "0,   1, false, 0, 9, connection_aborted",
    "0,   3, false, 0, 0, connection_aborted",
    "103, 1, false, 0, 0, connection_aborted",
    "0,   4, false, 8, 0, connection_aborted",
    "0,   8, true,  0, 3, connection_aborted",
    "0,   5, false, 0, 3, connection_aborted",
    "0,   4, false, 0, 3, connection_aborted",
    // after both FINs the application may still read
    "0,   5, true,  0, 3,",
    "0,   9, true,  0, 3,",
    "0,   11, true, 0, 3,",
    "71,  1, false, 0, 0, _OTHER"
  })
  void namesHowAConnectionEndedBadly(
      int errno, int previous, boolean fin, int unacked, int unread, String expected) {
    ErrorType error =
        ErrorType.of(
            RecordImage.close()
                .skErr(errno)
                .previousState(previous)
                .finReceived(fin)
                .unackedBytes(unacked)
                .unreadBytes(unread)
                .view());
    assertThat(error == null ? null : error.value()).isEqualTo(expected);
  }
}
