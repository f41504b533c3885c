// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.testing.RecordImage;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeriesTableTest {
  private static final int LIMIT = 500;

  private final SeriesTable table =
      new SeriesTable(Attributes.empty(), new SeriesBudget(LIMIT), null);

  private List<ConnectionSeries> findAll(int ports) {
    List<ConnectionSeries> found = new ArrayList<>();
    for (int port = 1; port <= ports; port++) {
      found.add(table.find(ConnectionRole.CLIENT, port, true));
      found.add(table.find(ConnectionRole.SERVER, port, true));
    }
    return found;
  }

  /** More than the 64 slots it begins with, so that it grows several times in between. */
  @Test
  void findsTheSameSeriesAgainHoweverManyCameBetween() {
    List<ConnectionSeries> first = findAll(200);
    assertThat(findAll(200)).usingElementComparator(SeriesTableTest::identity).isEqualTo(first);
    assertThat(table.size()).isEqualTo(400);
    assertThat(table.overflowed()).isZero();
    Set<Attributes> sets = new HashSet<>();
    table.forEach(series -> sets.add(series.plain));
    assertThat(sets).hasSize(400);
    assertThat(first.get(2 * 78).plain)
        .isEqualTo(
            Attributes.of(ConnectionSeries.ROLE, "client", ConnectionSeries.SERVER_PORT, 79L));
  }

  private static int identity(ConnectionSeries one, ConnectionSeries other) {
    return one == other ? 0 : 1;
  }

  @Test
  void makesNoSeriesBeyondItsLimitAndCountsTheLookUps() {
    findAll(LIMIT / 2);
    assertThat(table.size()).isEqualTo(LIMIT);
    ConnectionSeries shared = table.find(ConnectionRole.SERVER, 3000, true);
    assertThat(table.find(ConnectionRole.SERVER, 3001, true)).isSameAs(shared);
    assertThat(table.find(ConnectionRole.CLIENT, 3000, true)).isNotSameAs(shared);
    assertThat(table.overflowed()).isEqualTo(3);
    assertThat(shared.plain)
        .isEqualTo(Attributes.of(ConnectionSeries.ROLE, "server", ConnectionSeries.OVERFLOW, true));
    assertThat(table.find(ConnectionRole.CLIENT, 250, true).plain.asMap())
        .containsEntry(ConnectionSeries.SERVER_PORT, 250L);
    assertThat(table.overflowed()).isEqualTo(3);
  }

  @Test
  void portsThatWereNeverEstablishedHaveAShareOfTheirOwn() {
    for (int port = 1; port <= 32_000; port++) {
      table.find(ConnectionRole.CLIENT, port, false);
    }
    assertThat(table.size()).as("an eighth, and the shared one").isEqualTo(LIMIT / 8 + 1);
    assertThat(table.find(ConnectionRole.CLIENT, 31_999, true).plain.asMap())
        .as("a service that starts later")
        .containsEntry(ConnectionSeries.SERVER_PORT, 31_999L);
    assertThat(table.find(ConnectionRole.CLIENT, 30_000, false).plain.asMap())
        .doesNotContainKey(ConnectionSeries.SERVER_PORT);
  }

  @Test
  void aPortThatIsEstablishedAtLastGivesItsShareBack() {
    for (int port = 1; port <= LIMIT / 8; port++) {
      table.find(ConnectionRole.CLIENT, port, false);
    }
    ConnectionSeries seventh = table.find(ConnectionRole.CLIENT, 7, true);
    assertThat(table.find(ConnectionRole.CLIENT, 7, true)).isSameAs(seventh);
    assertThat(table.find(ConnectionRole.CLIENT, 9_001, false).plain.asMap())
        .containsEntry(ConnectionSeries.SERVER_PORT, 9_001L);
    assertThat(table.find(ConnectionRole.CLIENT, 9_002, false).plain.asMap())
        .containsEntry(ConnectionSeries.OVERFLOW, true);
  }

  @Test
  void pairsOfAddressesShareOneBudget() {
    AddressPairs pairs = new AddressPairs(LIMIT);
    for (int pair = 0; pair < 1_000; pair++) {
      RecordImage image = RecordImage.open().peerAddress("10.7." + pair / 250 + "." + pair % 250);
      for (int port = 1; port <= 100; port++) {
        pairs.find(image.view()).find(ConnectionRole.CLIENT, port, true);
        pairs.find(image.view()).find(ConnectionRole.CLIENT, 100 + port, false);
      }
    }
    int[] series = new int[1];
    pairs.forEach(each -> series[0]++);
    assertThat(series[0]).isBetween(LIMIT, 2 * LIMIT + 1);
  }
}
