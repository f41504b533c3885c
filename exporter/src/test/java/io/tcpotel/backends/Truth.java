// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;
import java.util.stream.Collectors;

/** What the fleet's traffic was. */
final class Truth {
  private final List<KnownConnection> connections = new CopyOnWriteArrayList<>();

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

  /** How many there are of each kind. */
  Map<String, Double> count(
      Predicate<KnownConnection> condition, Function<KnownConnection, String> kind) {
    return sum(condition, kind, connection -> 1);
  }

  /** The sum over each kind. */
  Map<String, Double> sum(
      Predicate<KnownConnection> condition,
      Function<KnownConnection, String> kind,
      ToLongFunction<KnownConnection> value) {
    return where(condition).stream()
        .collect(
            Collectors.groupingBy(
                kind,
                TreeMap::new,
                Collectors.summingDouble(connection -> value.applyAsLong(connection))));
  }
}
