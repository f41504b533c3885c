// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.FoldImage;
import org.junit.jupiter.api.Test;

class FoldedEndsTest {
  @Test
  void readsEverySumOfAFoldWhoseSumsAllDiffer() {
    FoldedEnds ends = FoldImage.closes().view();
    assertThat(ends.opened()).isEqualTo(101);
    assertThat(ends.closed()).isEqualTo(29);
    assertThat(ends.failed()).isZero();
    assertThat(FoldImage.failures(6).view().failed()).isEqualTo(6);
    assertThat(ends.adopted()).isEqualTo(53);
    assertThat(ends.adoptedClosed()).isEqualTo(11);
    assertThat(ends.sentBytes()).isEqualTo(40_001);
    assertThat(ends.receivedBytes()).isEqualTo(50_002);
    assertThat(ends.segsOut()).isEqualTo(603);
    assertThat(ends.segsIn()).isEqualTo(704);
    assertThat(ends.totalRetrans()).isEqualTo(85);
    assertThat(ends.lost()).isEqualTo(86);
    assertThat(ends.durationCount(FoldImage.DURATION_BUCKET)).isEqualTo(3);
    assertThat(ends.durationSumNs(FoldImage.DURATION_BUCKET)).isEqualTo(45_000_000);
    assertThat(ends.durationCount(FoldImage.DURATION_BUCKET + 1)).isZero();
    assertThat(ends.rttCount(FoldImage.RTT_BUCKET)).isEqualTo(4);
    assertThat(ends.rttSumNs(FoldImage.RTT_BUCKET)).isEqualTo(800_000);
    assertThat(ends.rttCount(FoldImage.RTT_BUCKET - 1)).isZero();
    assertThat(ends.minRttCount(FoldImage.MIN_RTT_BUCKET)).isEqualTo(5);
    assertThat(ends.minRttSumNs(FoldImage.MIN_RTT_BUCKET)).isEqualTo(1_500_000);
    assertThat(ends.handshakeCount(FoldImage.HANDSHAKE_BUCKET)).isEqualTo(6);
    assertThat(ends.handshakeSumNs(FoldImage.HANDSHAKE_BUCKET)).isEqualTo(9_000_000);
    assertThat(ends.isEstablished()).isTrue();
    assertThat(FoldImage.failures(6).view().isEstablished()).isFalse();
  }

  @Test
  void readsRoleAndPortOfItsKey() {
    FoldedEnds server = FoldImage.closes().direction(1).serverPort(40_000).view();
    assertThat(server.role()).isEqualTo(ConnectionRole.SERVER);
    assertThat(server.serverPort()).isEqualTo(40_000);
    assertThat(FoldImage.closes().view().role()).isEqualTo(ConnectionRole.CLIENT);
  }

  @Test
  void takesTheErrorFromItsKey() {
    assertThat(FoldImage.closes().view().error()).isNull();
    assertThat(FoldImage.failures(1).view().error()).isEqualTo(ErrorType.CONNECTION_REFUSED);
    assertThat(error(true, 65_000, 1, false, false, false)).isEqualTo(ErrorType.OTHER);
    assertThat(error(true, 104, 4, true, true, false)).isEqualTo(ErrorType.CONNECTION_RESET);
    assertThat(error(true, 104, 4, true, false, false)).isNull();
    assertThat(error(true, 0, 4, false, false, true)).isEqualTo(ErrorType.CONNECTION_ABORTED);
    assertThat(error(true, 0, 4, true, false, true)).isNull();
  }

  private static ErrorType error(
      boolean success, int errno, int previousState, boolean fin, boolean unacked, boolean unread) {
    return FoldImage.closes()
        .error(success, errno, previousState, fin, unacked, unread)
        .view()
        .error();
  }

  @Test
  void hasNoErrorIfItIsTheRest() {
    FoldImage rest = FoldImage.failures(5).rest();
    assertThat(rest.view().isRest()).isTrue();
    assertThat(rest.view().error()).isNull();
    assertThat(rest.view().isOverflow()).isTrue();
    assertThat(rest.view().role()).isEqualTo(ConnectionRole.CLIENT);
    assertThat(FoldImage.failures(5).view().isRest()).isFalse();
    assertThat(FoldImage.failures(5).view().isOverflow()).isFalse();
  }
}
