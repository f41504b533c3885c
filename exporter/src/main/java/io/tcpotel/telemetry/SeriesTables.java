// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import java.util.BitSet;
import java.util.function.Consumer;

/**
 * The series by port and by name of the peer and, if addresses are told apart, those by address
 * besides. Hot: {@link #paired}.
 */
final class SeriesTables {
  final SeriesTable byPort;

  /** What is not kept apart by address; null where addresses are not told apart at all. */
  final SeriesTable unpaired;

  private final AddressTable byAddress;
  private final SeriesPeers peers;
  private final boolean hasPeerNames;
  private PeerNames names = PeerNames.none();

  SeriesTables(SeriesLife life, SeriesOwner agent, MetricModes modes, SeriesPeers peers) {
    MetricKeys keys = modes.keys();
    int limit = modes.portLimit();
    byPort = new SeriesTable(life, agent, limit, keys.serverPorts(), false);
    unpaired =
        keys.hasAddresses() ? new SeriesTable(life, agent, limit, keys.serverPorts(), true) : null;
    byAddress =
        unpaired == null
            ? null
            : new AddressTable(life, keys.prefix(), modes.addressLimit(), unpaired);
    this.peers = peers;
    this.hasPeerNames = keys.hasPeerNames();
  }

  void setPeerNames(PeerNames names) {
    this.names = names;
  }

  /**
   * The series for what is told apart by peer; {@code series} if nothing is known of the peer.
   *
   * @param series by port
   * @param peer the workload of the other end; null if it is unknown
   * @param begun how many of the connections begin
   */
  ConnectionSeries paired(
      ConnectionSeries series,
      SeriesOwner owner,
      ConnectionRole role,
      ConnectionRecord connection,
      Workload peer,
      int begun) {
    int number = hasPeerNames ? peers.of(names.of(connection), peer) : SeriesPeers.UNKNOWN;
    if (byAddress != null) {
      return byAddress.find(owner, number, role, connection);
    }
    return number == SeriesPeers.UNKNOWN
        ? series
        : byPort.findOfPeer(
            owner, number, role, role.serverPort(connection), connection.connSuccess(), begun);
  }

  /** Needs the lock. */
  int size() {
    return byPort.size() + (byAddress == null ? 0 : byAddress.size() + unpaired.size());
  }

  void expire() {
    byPort.expire();
    if (byAddress != null) {
      byAddress.expire();
      unpaired.expire();
    }
    BitSet used = new BitSet();
    forEachPaired(series -> used.set(SeriesKey.peer(series.key())));
    peers.retain(used);
  }

  /** See {@link SeriesLife#moveShared}. Needs the lock. */
  void moveShared() {
    byPort.moveShared();
    if (byAddress != null) {
      byAddress.moveShared();
      unpaired.moveShared();
    }
  }

  /** The part of a sum, over all series, that no collection has shown. Needs the lock. */
  long uncollected(CountedSum sum) {
    long[] waiting = new long[1];
    Consumer<ConnectionSeries> add = series -> waiting[0] += series.uncollected(sum);
    if (sum.isPaired()) {
      forEachPaired(add);
    } else {
      forEachUnpaired(add);
    }
    return waiting[0];
  }

  /** Visits the series that tell peers apart. Needs the lock. */
  void forEachPaired(Consumer<ConnectionSeries> visitor) {
    if (byAddress == null) {
      byPort.forEach(visitor);
    } else {
      byAddress.forEach(visitor);
      unpaired.forEach(visitor);
    }
  }

  /** Visits the series in which all peers count. Needs the lock. */
  void forEachUnpaired(Consumer<ConnectionSeries> visitor) {
    byPort.forEach(
        series -> {
          if (SeriesKey.peer(series.key()) == SeriesPeers.UNKNOWN) {
            visitor.accept(series);
          }
        });
  }
}
