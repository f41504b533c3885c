// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.workload.Workload;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SeriesTableTest {
  private static final int LIMIT = 400;
  private static final MetricModes MODES = MetricModes.cumulative(MetricKeys.DEFAULT);
  private static final KeyAttributes ATTRIBUTES =
      new KeyAttributes(MetricKeys.DEFAULT, new SeriesPeers());

  private final SeriesOwner agent = new SeriesOwner(Workload.AGENT, false);
  private final SeriesLife life =
      new SeriesLife(
          () -> Instant.ofEpochSecond(7),
          ATTRIBUTES,
          MODES.distributions(1 << 20, new Exemplars(null)));
  private final SeriesTable table = new SeriesTable(life, agent, LIMIT, Set.of(), false);

  /** Opens that are followed by their close. */
  private ConnectionSeries connect(ConnectionRole role, int port) {
    table.find(agent, role, port, true, 1, 0);
    return table.find(agent, role, port, true, 0, 1);
  }

  private ConnectionSeries connectTwice(ConnectionRole role, int port) {
    connect(role, port);
    return connect(role, port);
  }

  private ConnectionSeries refuse(int port) {
    return table.find(agent, ConnectionRole.CLIENT, port, false, 0, 0);
  }

  private static boolean isOverflow(ConnectionSeries series) {
    return series.attributes().plain.asMap().containsKey(SeriesAttributes.OVERFLOW);
  }

  private List<ConnectionSeries> connectTwiceToAll(int ports) {
    List<ConnectionSeries> found = new ArrayList<>();
    for (int port = 1; port <= ports; port++) {
      found.add(connectTwice(ConnectionRole.CLIENT, port));
      found.add(connectTwice(ConnectionRole.SERVER, port));
    }
    return found;
  }

  /** More than the 64 slots it begins with, so that it grows several times in between. */
  @Test
  void findsTheSameSeriesAgainHoweverManyCameBetween() {
    List<ConnectionSeries> first = connectTwiceToAll(200);
    assertThat(connectTwiceToAll(200))
        .usingElementComparator((one, other) -> one == other ? 0 : 1)
        .isEqualTo(first);
    assertThat(table.size()).isEqualTo(400);
    assertThat(table.overflowed()).isZero();
    Set<Attributes> sets = new HashSet<>();
    table.forEach(series -> sets.add(series.attributes().plain));
    assertThat(sets).hasSize(400);
    assertThat(first.get(2 * 78).attributes().plain)
        .isEqualTo(
            Attributes.of(SeriesAttributes.ROLE, "client", SeriesAttributes.SERVER_PORT, 79L));
  }

  @Test
  void makesNoSeriesBeyondItsLimitAndCountsTheLookUps() {
    connectTwiceToAll(LIMIT / 2);
    assertThat(table.size()).isEqualTo(LIMIT);
    ConnectionSeries shared = connect(ConnectionRole.SERVER, 3000);
    assertThat(connect(ConnectionRole.SERVER, 3001)).isSameAs(shared);
    assertThat(connect(ConnectionRole.CLIENT, 3000)).isNotSameAs(shared);
    assertThat(table.overflowed()).isEqualTo(6);
    assertThat(shared.attributes().plain)
        .isEqualTo(Attributes.of(SeriesAttributes.ROLE, "server", SeriesAttributes.OVERFLOW, true));
    assertThat(isOverflow(connect(ConnectionRole.CLIENT, 150))).isFalse();
    assertThat(table.overflowed()).isEqualTo(6);
  }

  @Test
  void aScanOfClosedPortsLeavesServicesTheirRoom() {
    for (int port = 1; port <= 32_767; port++) {
      refuse(port);
    }
    assertThat(table.size()).as("an eighth, and the shared one").isEqualTo(LIMIT / 8 + 1);
    assertThat(isOverflow(connect(ConnectionRole.CLIENT, 31_999)))
        .as("of a service that starts later")
        .isFalse();
    assertThat(isOverflow(refuse(30_000))).isTrue();
  }

  @Test
  void portsSeenOnceLeaveRoomForThoseSeenAgain() {
    for (int port = 1; port <= 32_767; port++) {
      connect(ConnectionRole.CLIENT, port);
    }
    assertThat(table.size()).as("half, and the shared one").isEqualTo(LIMIT / 2 + 1);
    assertThat(isOverflow(connect(ConnectionRole.CLIENT, 31_999)))
        .as("of a service that is used again")
        .isFalse();
    assertThat(isOverflow(connect(ConnectionRole.SERVER, 4_000))).isTrue();
  }

  @Test
  void aPortThatIsEstablishedAtLastGivesItsShareBack() {
    for (int port = 1; port <= LIMIT / 8; port++) {
      refuse(port);
    }
    connect(ConnectionRole.CLIENT, 7);
    assertThat(isOverflow(refuse(9_001))).isFalse();
    assertThat(isOverflow(refuse(9_002))).isTrue();
  }

  /** Else a close would be counted where its open was not. */
  @Test
  void aPortStaysInTheOverflowWhileItsConnectionsThereAreOpen() {
    connectTwiceToAll(LIMIT / 2);
    table.find(agent, ConnectionRole.CLIENT, 5_000, true, 1, 0);
    life.tick(SeriesLife.EXPIRY_NS);
    table.expire();
    assertThat(table.size()).as("the overflow").isEqualTo(1);
    assertThat(isOverflow(connect(ConnectionRole.CLIENT, 5_000))).isTrue();
    assertThat(isOverflow(table.find(agent, ConnectionRole.CLIENT, 5_000, true, 0, 1))).isTrue();
    assertThat(isOverflow(connect(ConnectionRole.CLIENT, 5_000))).isFalse();
  }

  @Test
  void seriesEndAQuarterOfAnHourAfterTheirLastChange() {
    life.tick(TimeUnit.MINUTES.toNanos(1));
    ConnectionSeries idle = connect(ConnectionRole.CLIENT, 80);
    ConnectionSeries used = connect(ConnectionRole.CLIENT, 443);
    ConnectionSeries open = connect(ConnectionRole.CLIENT, 5432);
    open.add(ConnectionSeries.ACTIVE, 1);
    ConnectionSeries uncollected = connect(ConnectionRole.CLIENT, 6379);
    uncollected.add(ConnectionSeries.ESTABLISHED, 1);
    open.collect(ConnectionSeries.ACTIVE);
    ConnectionSeries uncollectedTime = connect(ConnectionRole.CLIENT, 9092);
    uncollectedTime.times().rtt().record(5);
    life.tick(TimeUnit.MINUTES.toNanos(2));
    assertThat(connect(ConnectionRole.CLIENT, 443)).isSameAs(used);
    life.tick(TimeUnit.MINUTES.toNanos(16) - 1);
    table.expire();
    assertThat(table.size()).isEqualTo(5);
    life.tick(TimeUnit.MINUTES.toNanos(16));
    table.expire();
    assertThat(table.size()).isEqualTo(4);
    assertThat(connect(ConnectionRole.CLIENT, 80)).isNotSameAs(idle);
    assertThat(connect(ConnectionRole.CLIENT, 443)).isSameAs(used);
    assertThat(connect(ConnectionRole.CLIENT, 5432)).isSameAs(open);
    assertThat(connect(ConnectionRole.CLIENT, 6379)).isSameAs(uncollected);
    assertThat(connect(ConnectionRole.CLIENT, 9092)).isSameAs(uncollectedTime);
  }

  /** A heap of which the share for distributions is that of three. */
  @Test
  void timesWithoutADistributionStandInTheOverflowUntilOneIsGivenBack() {
    SeriesLife small =
        new SeriesLife(
            () -> Instant.ofEpochSecond(7),
            ATTRIBUTES,
            MODES.distributions(13_300, new Exemplars(null)));
    SeriesTable few = new SeriesTable(small, agent, LIMIT, Set.of(), false);
    Distribution overflow = few.overflow(ConnectionRole.CLIENT).times().duration(null);
    List<ConnectionSeries> series = new ArrayList<>();
    for (int port = 1; port <= 3; port++) {
      series.add(few.find(agent, ConnectionRole.CLIENT, port, true, 1, 1));
    }
    SeriesTimes first = series.get(0).times();
    assertThat(first.duration(null)).isNotSameAs(overflow).isSameAs(first.duration(null));
    assertThat(first.duration(ErrorType.TIMED_OUT)).isNotSameAs(first.duration(null));
    assertThat(series.get(1).times().duration(null)).isNotSameAs(overflow);
    assertThat(series.get(2).times().duration(null)).isSameAs(overflow);
    assertThat(first.rtt()).isSameAs(few.overflow(ConnectionRole.CLIENT).times().rtt());
    small.tick(TimeUnit.MINUTES.toNanos(15));
    few.expire();
    assertThat(few.find(agent, ConnectionRole.CLIENT, 4, true, 1, 1).times().duration(null))
        .isNotSameAs(overflow);
  }
}
