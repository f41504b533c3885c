// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.TcpInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** The true answers to {@link StateQuestions}, from the traffic alone. */
final class ExpectedStates {
  private final Truth truth;

  ExpectedStates(Truth truth) {
    this.truth = truth;
  }

  private Expected countByPort(Predicate<KnownConnection> condition) {
    return new Expected(
        Map.of(),
        ExpectedMetrics.rows(
            truth.sum(condition, each -> List.of(ExpectedMetrics.text(each.port())), each -> 1)));
  }

  private static Expected of(Cell... row) {
    return new Expected(Map.of(), List.of(List.of(row)));
  }

  private static Cell port(int port) {
    return Cell.of(ExpectedMetrics.text(port));
  }

  Expected openNow() {
    return countByPort(KnownConnection::isOpen);
  }

  Expected stalled() {
    return countByPort(each -> each.port() == FleetPorts.STALLED);
  }

  Expected notAccepted() {
    return countByPort(each -> each.isOpen() && !each.isAccepted());
  }

  /** The kernel lets one more in than the backlog says. */
  Expected fullQueues() {
    double backlog = OpenTraffic.BACKLOG;
    double usage = (backlog + 1) / backlog;
    return of(port(FleetPorts.FULL_QUEUE), Cell.between(usage, usage));
  }

  Expected queueDrops() {
    return of(port(FleetPorts.FULL_QUEUE), Cell.of(truth.queueDrops()));
  }

  Expected limitedBy() {
    List<List<Cell>> rows = new ArrayList<>();
    for (int port :
        List.of(
            FleetPorts.SLOW_BY_NETWORK,
            FleetPorts.SLOW_BY_RECEIVER,
            FleetPorts.SLOW_BY_SEND_BUFFER)) {
      KnownLimits limits = new KnownLimits(only(port));
      rows.add(List.of(port(port), limits.cause(), limits.seconds()));
    }
    return new Expected(Map.of(), rows);
  }

  private KnownConnection only(int port) {
    return truth.at(port).getFirst();
  }

  /** A FIN and an acknowledgement or two come after the socket was asked. */
  Expected retransmissionRatio() {
    List<List<Cell>> rows = new ArrayList<>();
    for (int port : List.of(FleetPorts.LOSSY, FleetPorts.LOSSIER)) {
      TcpInfo last = only(port).last();
      double again = last.totalRetransSegments();
      rows.add(
          List.of(
              port(port),
              Cell.between(again / (last.segsOut() + 3), again / (last.segsOut() + 1))));
    }
    return new Expected(Map.of(), rows);
  }

  Expected retransmitsByPeer() {
    List<List<Cell>> rows = new ArrayList<>();
    for (int port : List.of(FleetPorts.LOSSY, FleetPorts.LOSSIER)) {
      KnownConnection connection = only(port);
      rows.add(
          List.of(
              Cell.of(connection.peerAddress()),
              port(port),
              Cell.of(connection.last().totalRetransSegments())));
    }
    return new Expected(Map.of(), rows);
  }

  Expected agentsOfHost() {
    try {
      String host = Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
      return of(Cell.of(host), Cell.of(3));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * The ends of the router that no log record tells of.
   *
   * @param told the log records of ends of the router
   */
  Expected lost(long told) {
    return of(Cell.of("folded"), Cell.of(truth.at(FleetPorts.FULL_RING).size() - told));
  }
}
