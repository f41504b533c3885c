// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.RecordImage;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PairIdsTest {
  private static final int LOWER = 0x1234567;
  private static final int HIGHER = 0x89abcdef; // negative as an int

  private static PairIds ids(RecordImage image) {
    PairIds ids = new PairIds();
    ids.take(image.view());
    return ids;
  }

  private static PairIds client(int localIsn, int peerIsn) {
    return ids(RecordImage.close().isns(localIsn, peerIsn));
  }

  private static PairIds server(int localIsn, int peerIsn) {
    RecordImage image = RecordImage.close().inbound().localAddress("192.0.2.9").ports(80, 5);
    return ids(image.isns(localIsn, peerIsn));
  }

  private static void haveOneTrace(PairIds one, PairIds other) {
    assertThat(one.traceIdHigh()).isEqualTo(other.traceIdHigh());
    assertThat(one.traceIdLow()).isEqualTo(other.traceIdLow());
    assertThat(one.spanId()).isNotEqualTo(other.spanId());
    assertThat(one.isPaired() && other.isPaired()).isTrue();
  }

  @Test
  void aServersParentIsItsClientWhoseverNumberIsLower() {
    for (boolean swapped : new boolean[] {false, true}) {
      int ours = swapped ? HIGHER : LOWER;
      int theirs = swapped ? LOWER : HIGHER;
      PairIds client = client(ours, theirs);
      PairIds server = server(theirs, ours);
      haveOneTrace(client, server);
      assertThat(server.parentSpanId()).isEqualTo(client.spanId());
      assertThat(client.parentSpanId()).isZero();
    }
  }

  @Test
  void bothEndsOfASimultaneousOpenAreRoots() {
    PairIds one = client(LOWER, HIGHER);
    PairIds other = client(HIGHER, LOWER);
    haveOneTrace(one, other);
    assertThat(one.parentSpanId()).isZero();
    assertThat(other.parentSpanId()).isZero();
  }

  @Test
  void endsWithEqualNumbersAreToldApartByTheirRoles() {
    haveOneTrace(client(LOWER, LOWER), server(LOWER, LOWER));
  }

  @Test
  void failedConnectsHaveIdsOfTheirOwn() {
    RecordImage first = RecordImage.close().established(false).isns(LOWER, 0);
    PairIds one = ids(first);
    assertThat(one.isPaired()).isFalse();
    assertThat(one.parentSpanId()).isZero();
    assertThat(one.traceIdLow()).isNotEqualTo(client(LOWER, 0).traceIdLow());
    assertThat(ids(first.closeNs(5)).traceIdLow()).isNotEqualTo(one.traceIdLow());
  }

  @Test
  void anotherKeyGivesOtherIds() {
    PairIds keyed = new PairIds(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
    keyed.take(RecordImage.close().isns(LOWER, HIGHER).view());
    assertThat(keyed.traceIdHigh()).isNotEqualTo(client(LOWER, HIGHER).traceIdHigh());
    assertThat(keyed.spanId()).isNotEqualTo(client(LOWER, HIGHER).spanId());
  }

  @Test
  void anyOtherNumberGivesOtherIds() {
    Set<Long> traceIds = new HashSet<>();
    Set<Long> spanIds = new HashSet<>();
    for (int bit = 0; bit < Integer.SIZE; bit++) {
      for (PairIds ids : new PairIds[] {client(1 << bit, 0), server(-2, 1 << bit)}) {
        traceIds.add(ids.traceIdLow() & -1L >>> 8);
        spanIds.add(ids.spanId());
      }
    }
    assertThat(traceIds).hasSize(2 * Integer.SIZE);
    assertThat(spanIds).hasSize(2 * Integer.SIZE);
  }
}
