// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * The true answers about one connection on its way from an exemplar to both ends: through an
 * address translation, where nothing but the trace id joins the ends.
 */
final class ExpectedTraces {
  private static final String CONNECTION_ID = "tcpotel.connection.id";
  private static final Query TRACE_IDS =
      Query.of(
          Backend.PROMETHEUS,
          TraceQuestions.EXEMPLAR.queries().getFirst().text(),
          CONNECTION_ID,
          "trace_id");
  private static final Query SPAN_IDS =
      Query.of(
          Backend.VICTORIALOGS,
          "event_name:=\"tcpotel.connection.end\" trace_id:=\"$trace_id\"",
          "tcpotel.connection.role",
          "span_id");

  private final AskedBackends backends;
  private final Map<String, String> range;
  private final KnownConnection connection;
  private final String traceId;

  /**
   * @param port that clients connect to
   */
  ExpectedTraces(AskedBackends backends, Truth truth, int port, Instant since, double atSeconds) {
    this.backends = backends;
    range =
        Map.of(
            "port",
            Integer.toString(port),
            "start",
            since.toString(),
            "end",
            Instant.ofEpochSecond((long) atSeconds + 1).toString());
    Await.until("an exemplar", () -> !backends.ask(TRACE_IDS, range).isEmpty());
    List<List<String>> exemplars = backends.ask(TRACE_IDS, range);
    Map<String, KnownConnection> byId =
        truth.at(port).stream().collect(Collectors.toMap(ExpectedTraces::id, Function.identity()));
    assertThat(byId).containsKeys(exemplars.stream().map(List::getFirst).toArray(String[]::new));
    connection = byId.get(exemplars.getFirst().getFirst());
    traceId = exemplars.getFirst().getLast();
  }

  private static String id(KnownConnection connection) {
    return HexFormat.of().toHexDigits(connection.cookie());
  }

  /** The connection that has the exemplar, with the duration that its applications saw. */
  Expected exemplar() {
    return new Expected(
        range,
        List.of(
            List.of(
                Cell.of(id(connection)),
                Cell.between(connection.leastNs() / 1e9, connection.mostNs() / 1e9))));
  }

  Expected bothEnds() {
    return ExpectedLogs.bothEnds(connection, traceId);
  }

  /** The spans have the ids that the log records have. */
  Expected traceOfBothEnds() {
    Map<String, String> given = Map.of("trace_id", traceId);
    Await.until("two log records", () -> backends.ask(SPAN_IDS, given).size() == 2);
    List<List<String>> ids = backends.ask(SPAN_IDS, given);
    String ofClient = spanId(ids, "client");
    return new Expected(
        given,
        List.of(
            List.of(
                Cell.of("client"),
                Cell.of(connection.local().port()),
                Cell.of(connection.port()),
                Cell.of(ofClient),
                Cell.of("")),
            List.of(
                Cell.of("server"),
                Cell.of(connection.serverPort()),
                connection.portAtServer(),
                Cell.of(spanId(ids, "server")),
                Cell.of(ofClient))));
  }

  private static String spanId(List<List<String>> ids, String role) {
    return ids.stream()
        .filter(row -> row.getFirst().equals(role))
        .findFirst()
        .orElseThrow()
        .getLast();
  }
}
