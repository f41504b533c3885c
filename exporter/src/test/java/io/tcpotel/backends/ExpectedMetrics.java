// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.TestNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import java.util.function.ToIntFunction;

/** The true answers to {@link MetricQuestions}, from the traffic alone. */
final class ExpectedMetrics {
  private static final double NS_PER_S = 1e9;
  private static final double US_PER_S = 1e6;
  private static final double LEFT_OUT_US = 7.0 / 8;
  private static final double WINDOW_SECONDS = 600;

  /** Of ratios and rates, as doubles. */
  private static final double ROUNDING = 1e-9;

  private final Truth truth;
  private final ToIntFunction<String> updates;

  /**
   * @param updates how many log records of updates of clients a condition in LogsQL finds
   */
  ExpectedMetrics(Truth truth, ToIntFunction<String> updates) {
    this.truth = truth;
    this.updates = updates;
  }

  /** A row for each kind: its texts and its number. */
  static List<List<Cell>> rows(Map<List<String>, Double> numbers) {
    List<List<Cell>> rows = new ArrayList<>();
    numbers.forEach(
        (texts, number) -> {
          List<Cell> row = new ArrayList<>();
          texts.forEach(text -> row.add(Cell.of(text)));
          row.add(
              number == Math.rint(number)
                  ? Cell.of(number.longValue())
                  : Cell.between(number * (1 - ROUNDING), number * (1 + ROUNDING)));
          rows.add(row);
        });
    return rows;
  }

  static String text(int port) {
    return Integer.toString(port);
  }

  private static boolean isFailed(KnownConnection connection) {
    return !connection.isEstablished();
  }

  private Expected count(
      Map<String, String> given,
      Predicate<KnownConnection> condition,
      Function<KnownConnection, List<String>> kind) {
    return new Expected(given, rows(truth.sum(condition, kind, each -> 1)));
  }

  Expected failuresByReason() {
    return count(
        Map.of(),
        ExpectedMetrics::isFailed,
        each -> List.of(text(each.port()), each.clientError()));
  }

  Expected failuresByPair() {
    return count(
        Map.of(),
        ExpectedMetrics::isFailed,
        each -> List.of(each.localAddress(), each.peerAddress(), each.clientError()));
  }

  Expected failuresByWorkload() {
    Function<KnownConnection, List<String>> client = each -> List.of(each.client().containerId());
    Map<List<String>, Double> ratios = truth.sum(ExpectedMetrics::isFailed, client, each -> 1);
    Map<List<String>, Double> all = truth.sum(each -> true, client, each -> 1);
    ratios.replaceAll((workload, failed) -> failed / all.get(workload));
    return new Expected(Map.of(), rows(ratios));
  }

  /** All at a port. */
  Expected at(int port) {
    return count(
        Map.of("port", text(port)), each -> each.port() == port, each -> List.of(text(port)));
  }

  Expected rttByPort(double quantile) {
    List<List<Cell>> rows = new ArrayList<>();
    for (int port : List.of(FleetPorts.SHORT, FleetPorts.NEAR, FleetPorts.IPV6)) {
      Quantiles rtt = rtt(truth.at(port), "server.port:=" + port);
      rows.add(List.of(Cell.of(text(port)), rtt.at(quantile)));
    }
    return given(quantile, rows);
  }

  Expected rttByPeer(double quantile) {
    List<List<Cell>> rows = new ArrayList<>();
    for (String peer : List.of(TestNetwork.serverAddress(false), Dialing.ROUTER, Dialing.VIRTUAL)) {
      Quantiles rtt = rtt(to(peer), "network.peer.address:=\"" + peer + '"');
      rows.add(List.of(Cell.of(peer), rtt.at(quantile)));
    }
    return given(quantile, rows);
  }

  private List<KnownConnection> to(String peer) {
    return truth.where(each -> each.isEstablished() && each.peerAddress().equals(peer));
  }

  /**
   * Each of its ends, and each update, if a report came between two samples of a connection. The
   * kernel has eighths of a microsecond, which TCP_INFO leaves out.
   */
  private Quantiles rtt(List<KnownConnection> ended, String condition) {
    return new Quantiles(
            Quantiles.RTT_BOUNDS,
            ended.stream().mapToDouble(each -> each.last().rttUs() / US_PER_S),
            ended.stream().mapToDouble(each -> (each.last().rttUs() + LEFT_OUT_US) / US_PER_S))
        .further(
            updates.applyAsInt(condition),
            ended.stream().mapToDouble(each -> each.mostNs() / NS_PER_S).max().orElseThrow());
  }

  /** A handshake has to cross the link twice, but to the router. */
  private static Quantiles handshake(List<KnownConnection> established) {
    return new Quantiles(
        Quantiles.HANDSHAKE_BOUNDS,
        established.stream()
            .mapToDouble(each -> each.hasServer() ? 2 * Fleet.ONE_WAY.toNanos() / NS_PER_S : 0),
        established.stream().mapToDouble(each -> each.mostHandshakeNs() / NS_PER_S));
  }

  private static Quantiles duration(List<KnownConnection> ended) {
    return new Quantiles(
        Quantiles.DURATION_BOUNDS,
        ended.stream().mapToDouble(each -> each.leastNs() / NS_PER_S),
        ended.stream().mapToDouble(each -> each.mostNs() / NS_PER_S));
  }

  Expected handshakeByPort(double quantile) {
    List<List<Cell>> rows = new ArrayList<>();
    for (int port : List.of(FleetPorts.SHORT, FleetPorts.NEAR, FleetPorts.POOL)) {
      rows.add(List.of(Cell.of(text(port)), handshake(truth.at(port)).at(quantile)));
    }
    return given(quantile, rows);
  }

  Expected handshakeByPeer(double quantile) {
    List<List<Cell>> rows = new ArrayList<>();
    for (String peer : List.of(TestNetwork.serverAddress(true), Dialing.ROUTER)) {
      rows.add(List.of(Cell.of(peer), handshake(to(peer)).at(quantile)));
    }
    return given(quantile, rows);
  }

  Expected durationByPort(double quantile) {
    List<List<Cell>> rows = new ArrayList<>();
    for (int port : List.of(FleetPorts.SHORT, FleetPorts.NEAR, FleetPorts.LASTING)) {
      rows.add(List.of(Cell.of(text(port)), duration(truth.at(port)).at(quantile)));
    }
    return given(quantile, rows);
  }

  Expected durationByPeer(double quantile) {
    List<List<Cell>> rows = new ArrayList<>();
    for (String peer : List.of(TestNetwork.serverAddress(true), Dialing.ROUTER)) {
      List<KnownConnection> ended = to(peer).stream().filter(KnownConnection::isEnded).toList();
      rows.add(List.of(Cell.of(peer), duration(ended).at(quantile)));
    }
    return given(quantile, rows);
  }

  private static Expected given(double quantile, List<List<Cell>> rows) {
    return new Expected(Map.of("quantile", Double.toString(quantile)), rows);
  }

  Expected bytesByPort() {
    return bytes(each -> List.of(text(each.port())));
  }

  Expected bytesByPair() {
    return bytes(each -> List.of(each.localAddress(), each.peerAddress()));
  }

  Expected bytesByWorkload() {
    return bytes(each -> List.of(each.client().containerId()));
  }

  private Expected bytes(Function<KnownConnection, List<String>> kind) {
    List<List<Cell>> all = new ArrayList<>(bytes(kind, "transmit", KnownConnection::sentBytes));
    all.addAll(bytes(kind, "receive", KnownConnection::receivedBytes));
    return new Expected(Map.of(), all);
  }

  private List<List<Cell>> bytes(
      Function<KnownConnection, List<String>> kind,
      String direction,
      ToDoubleFunction<KnownConnection> value) {
    Map<List<String>, Double> sums =
        truth.sum(
            each -> value.applyAsDouble(each) > 0,
            each -> {
              List<String> texts = new ArrayList<>(kind.apply(each));
              texts.add(direction);
              return texts;
            },
            each -> value.applyAsDouble(each) / WINDOW_SECONDS);
    return rows(sums);
  }
}
