// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.tcpotel.record.ConnectionRole;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SeriesTableTest {
  private static final int LIMIT = 500;

  private final SeriesTable table = new SeriesTable(Attributes.empty(), LIMIT);

  private List<ConnectionSeries> findAll(int ports) {
    List<ConnectionSeries> found = new ArrayList<>();
    for (int port = 1; port <= ports; port++) {
      found.add(table.find(ConnectionRole.CLIENT, port));
      found.add(table.find(ConnectionRole.SERVER, port));
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
    ConnectionSeries shared = table.find(ConnectionRole.SERVER, 3000);
    assertThat(table.find(ConnectionRole.SERVER, 3001)).isSameAs(shared);
    assertThat(table.find(ConnectionRole.CLIENT, 3000)).isNotSameAs(shared);
    assertThat(table.overflowed()).isEqualTo(3);
    assertThat(shared.plain)
        .isEqualTo(Attributes.of(ConnectionSeries.ROLE, "server", ConnectionSeries.OVERFLOW, true));
    assertThat(table.find(ConnectionRole.CLIENT, 250).plain.asMap())
        .containsEntry(ConnectionSeries.SERVER_PORT, 250L);
    assertThat(table.overflowed()).isEqualTo(3);
  }
}
