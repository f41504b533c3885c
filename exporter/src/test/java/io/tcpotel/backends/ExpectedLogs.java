// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static io.tcpotel.backends.KnownConnection.Closer.CLIENT;
import static io.tcpotel.backends.KnownConnection.Closer.NOBODY;

import io.tcpotel.testing.TestNetwork;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** The true answers to {@link LogQuestions}, from the traffic alone. */
final class ExpectedLogs {
  private static final String CLIENT_ROLE = "client";
  private static final String SERVER_ROLE = "server";
  private static final double NS_PER_S = 1e9;

  /** The ports of the slow connections. */
  private static final List<Integer> SLOW =
      List.of(
          FleetPorts.SLOW_BY_NETWORK,
          FleetPorts.SLOW_BY_RECEIVER,
          FleetPorts.SLOW_BY_SEND_BUFFER,
          FleetPorts.SLOW_BY_APPLICATION);

  private final Truth truth;

  ExpectedLogs(Truth truth) {
    this.truth = truth;
  }

  private static List<List<Cell>> counted(
      List<KnownConnection> connections, Function<KnownConnection, List<String>> kind) {
    Map<String, List<KnownConnection>> kinds = new TreeMap<>();
    connections.forEach(
        each ->
            kinds.computeIfAbsent(kind.apply(each).toString(), key -> new ArrayList<>()).add(each));
    List<List<Cell>> rows = new ArrayList<>();
    for (List<KnownConnection> alike : kinds.values()) {
      List<Cell> row = new ArrayList<>();
      kind.apply(alike.getFirst()).forEach(text -> row.add(Cell.of(text)));
      row.add(Cell.of(alike.size()));
      rows.add(row);
    }
    return rows;
  }

  Expected failedPairs() {
    String local = TestNetwork.clientAddress(true);
    String peer = TestNetwork.serverAddress(true);
    return new Expected(
        Map.of(),
        counted(
            truth.where(each -> !each.isEstablished()),
            each -> List.of(local, peer, Integer.toString(each.port()), each.clientError())));
  }

  Expected failingContainers() {
    return new Expected(
        Map.of("port", Integer.toString(FleetPorts.REFUSED)),
        counted(
            truth.at(FleetPorts.REFUSED),
            each ->
                List.of(each.client().podUid(), each.client().containerId(), each.clientError())));
  }

  /** Of the server's address and of the client's. */
  List<Expected> connectionsOfAddress() {
    return List.of(
        slowestOf(
            TestNetwork.serverAddress(true),
            truth.where(
                each ->
                    each.isEnded()
                        && each.peer()
                            .toString()
                            .startsWith(TestNetwork.serverAddress(true) + ":"))),
        slowestOf(
            TestNetwork.clientAddress(true),
            truth.where(each -> each.isEnded() && each.peer().isV4())));
  }

  private static Expected slowestOf(String address, List<KnownConnection> all) {
    double seconds = thresholdSeconds(all, 0.4);
    List<List<Cell>> rows =
        all.stream()
            .filter(each -> each.leastNs() / NS_PER_S > seconds)
            .map(
                each ->
                    List.of(
                        Cell.of(each.local().port()),
                        Cell.of(each.port()),
                        Cell.between(each.leastNs() / NS_PER_S, each.mostNs() / NS_PER_S)))
            .toList();
    return new Expected(Map.of("address", address, "seconds", Double.toString(seconds)), rows);
  }

  /** From {@code seconds} on, one of which all durations are safely above or below. */
  private static double thresholdSeconds(List<KnownConnection> connections, double seconds) {
    double threshold = seconds;
    while (isAmong(connections, threshold)) {
      threshold += 0.001;
    }
    return threshold;
  }

  private static boolean isAmong(List<KnownConnection> connections, double seconds) {
    return connections.stream()
        .anyMatch(
            each -> each.leastNs() <= seconds * NS_PER_S && each.mostNs() >= seconds * NS_PER_S);
  }

  /** Closed by either end, reset by either end. */
  List<Expected> whoEndedIt() {
    return List.of(
        endsOf(FleetPorts.CLOSED_BY_SERVER),
        endsOf(FleetPorts.SHORT),
        endsOf(FleetPorts.RESET_BY_SERVER),
        endsOf(FleetPorts.RESET_BY_CLIENT));
  }

  private Expected endsOf(int port) {
    String pid = Long.toString(ProcessHandle.current().pid());
    List<KnownConnection> all = truth.at(port);
    List<List<Cell>> rows =
        new ArrayList<>(
            counted(
                all, each -> List.of(CLIENT_ROLE, closeBy(each, true), each.clientError(), pid)));
    rows.addAll(
        counted(all, each -> List.of(SERVER_ROLE, closeBy(each, false), each.serverError(), pid)));
    return new Expected(Map.of("port", Integer.toString(port)), rows);
  }

  private static String closeBy(KnownConnection connection, boolean isClient) {
    if (connection.closer() == NOBODY) {
      return "abort";
    }
    return connection.closer() == CLIENT == isClient ? "local" : "remote";
  }

  Expected limitsOfSlow() {
    List<KnownConnection> slow = truth.where(each -> SLOW.contains(each.port()));
    double seconds = thresholdSeconds(slow, 0.4);
    List<List<Cell>> rows =
        slow.stream()
            .filter(each -> each.leastNs() > seconds * NS_PER_S)
            .map(
                each ->
                    List.of(
                        Cell.of(each.port()),
                        new KnownLimits(each).withApplication().cause(),
                        Cell.of(1)))
            .toList();
    return new Expected(Map.of("seconds", Double.toString(seconds)), rows);
  }

  /** Both rows of a connection. This process accepts and closes as the client's workload. */
  static Expected bothEnds(KnownConnection connection, String traceId) {
    return new Expected(
        Map.of("trace_id", traceId),
        List.of(
            List.of(
                Cell.of(CLIENT_ROLE),
                Cell.of(connection.client().containerId()),
                Cell.of(""),
                Cell.of(connection.local().port()),
                Cell.of(connection.port()),
                Cell.of(connection.sentBytes()),
                Cell.of(connection.receivedBytes())),
            List.of(
                Cell.of(SERVER_ROLE),
                Cell.of(connection.client().containerId()),
                Cell.of(connection.server().containerId()),
                Cell.of(connection.serverPort()),
                connection.portAtServer(),
                Cell.of(connection.receivedBytes()),
                Cell.of(connection.sentBytes()))));
  }

  /**
   * On which nothing was sent since. The threshold is between them and the first of the others,
   * near these: of those, it is the last report that counts, which is older than {@code atSeconds}.
   */
  Expected idleLong(double atSeconds) {
    List<KnownConnection> idle = truth.at(FleetPorts.IDLE);
    double lastSeconds =
        idle.stream().mapToDouble(KnownConnection::carriedSeconds).max().orElseThrow();
    double nextSeconds =
        truth.where(each -> each.isOpen() && each.port() == FleetPorts.POOL).stream()
            .mapToDouble(KnownConnection::carriedSeconds)
            .min()
            .orElseThrow();
    double seconds = atSeconds - (lastSeconds + 7 * nextSeconds) / 8;
    List<List<Cell>> rows = new ArrayList<>();
    idle.forEach(each -> rows.addAll(portsOfEnds(each)));
    return new Expected(Map.of("seconds", Double.toString(seconds)), rows);
  }

  /** Their servers know nothing of it. Asked for the time since they carried data, not before. */
  Expected stalledNow(double atSeconds) {
    List<KnownConnection> stalled = truth.at(FleetPorts.STALLED);
    double carriedSeconds =
        stalled.stream().mapToDouble(KnownConnection::carriedSeconds).max().orElseThrow();
    long windowMs = (long) (1000 * (atSeconds - carriedSeconds));
    List<List<Cell>> rows = stalled.stream().map(each -> portsOfEnds(each).getFirst()).toList();
    return new Expected(Map.of("window", windowMs + "ms"), rows);
  }

  /** Of the clients whose host was said to be unreachable. */
  Expected failedSpans() {
    List<List<Cell>> rows =
        truth.at(FleetPorts.UNREACHABLE).stream()
            .map(each -> List.of(Cell.of(each.local().port()), Cell.of(each.port())))
            .toList();
    return new Expected(
        Map.of("service", "missing-service-name", "reason", "host_unreachable"), rows);
  }

  /** The role and both ports, of the client and of the server. */
  private static List<List<Cell>> portsOfEnds(KnownConnection connection) {
    Cell clientPort = Cell.of(connection.local().port());
    return List.of(
        List.of(Cell.of(CLIENT_ROLE), clientPort, Cell.of(connection.port())),
        List.of(Cell.of(SERVER_ROLE), Cell.of(connection.serverPort()), clientPort));
  }
}
