// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/** What the fleet's traffic was. */
final class Truth {
  private final List<KnownConnection> connections = new CopyOnWriteArrayList<>();

  private long queueDrops;

  /** SYNs that found the accept queue full, as the server's host counts them. */
  long queueDrops() {
    return queueDrops;
  }

  void countQueueDrops(long drops) {
    queueDrops = drops;
  }

  KnownConnection add(KnownConnection connection) {
    connections.add(connection);
    return connection;
  }

  List<KnownConnection> all() {
    return connections;
  }

  List<KnownConnection> where(Predicate<KnownConnection> condition) {
    return connections.stream().filter(condition).toList();
  }

  List<KnownConnection> at(int port) {
    return where(connection -> connection.port() == port);
  }

  /** The sum over each kind, in the order of the kinds. */
  Map<List<String>, Double> sum(
      Predicate<KnownConnection> condition,
      Function<KnownConnection, List<String>> kind,
      ToDoubleFunction<KnownConnection> value) {
    Map<List<String>, Double> sums = new TreeMap<>(Comparator.comparing(List::toString));
    where(condition)
        .forEach(each -> sums.merge(kind.apply(each), value.applyAsDouble(each), Double::sum));
    return sums;
  }
}
