// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Asks Prometheus the questions of {@link Questions} about metrics. */
@FleetTest
class MetricQuestionsTest {
  private static final double MEDIAN = 0.5;
  private static final double P99 = 0.99;

  private final Fleet fleet;

  MetricQuestionsTest(Fleet fleet) {
    this.fleet = fleet;
  }

  private Map<Question, List<Supplier<Expected>>> ofConnections() {
    ExpectedMetrics metrics = new ExpectedMetrics(fleet.truth(), this::updates);
    Map<Question, List<Supplier<Expected>>> expected = new LinkedHashMap<>();
    expected.put(MetricQuestions.FAILURES_BY_REASON, List.of(metrics::failuresByReason));
    expected.put(MetricQuestions.FAILURES_BY_PAIR, List.of(metrics::failuresByPair));
    expected.put(MetricQuestions.FAILURES_BY_WORKLOAD, List.of(metrics::failuresByWorkload));
    expected.put(MetricQuestions.FIRST_BURST, List.of(() -> metrics.at(FleetPorts.BURST)));
    expected.put(MetricQuestions.OVER_RESTART, List.of(() -> metrics.at(FleetPorts.RESTART)));
    expected.put(
        MetricQuestions.WITHOUT_COLLECTOR, List.of(() -> metrics.at(FleetPorts.WITHOUT_COLLECTOR)));
    expected.put(
        MetricQuestions.RTT_BY_PORT,
        List.of(() -> metrics.rttByPort(MEDIAN), () -> metrics.rttByPort(P99)));
    expected.put(
        MetricQuestions.RTT_BY_PEER,
        List.of(() -> metrics.rttByPeer(MEDIAN), () -> metrics.rttByPeer(P99)));
    expected.put(
        MetricQuestions.HANDSHAKE_BY_PORT,
        List.of(() -> metrics.handshakeByPort(MEDIAN), () -> metrics.handshakeByPort(P99)));
    expected.put(
        MetricQuestions.HANDSHAKE_BY_PEER,
        List.of(() -> metrics.handshakeByPeer(MEDIAN), () -> metrics.handshakeByPeer(P99)));
    expected.put(
        MetricQuestions.DURATION_BY_PORT,
        List.of(() -> metrics.durationByPort(MEDIAN), () -> metrics.durationByPort(P99)));
    expected.put(
        MetricQuestions.DURATION_BY_PEER,
        List.of(() -> metrics.durationByPeer(MEDIAN), () -> metrics.durationByPeer(P99)));
    expected.put(MetricQuestions.BYTES_BY_PORT, List.of(metrics::bytesByPort));
    expected.put(MetricQuestions.BYTES_BY_PAIR, List.of(metrics::bytesByPair));
    expected.put(MetricQuestions.BYTES_BY_WORKLOAD, List.of(metrics::bytesByWorkload));
    assertThat(expected.keySet()).containsExactlyInAnyOrderElementsOf(MetricQuestions.ALL);
    return expected;
  }

  private Map<Question, List<Supplier<Expected>>> ofStates() {
    ExpectedStates states = new ExpectedStates(fleet.truth());
    Map<Question, List<Supplier<Expected>>> expected = new LinkedHashMap<>();
    expected.put(StateQuestions.OPEN_NOW, List.of(states::openNow));
    expected.put(StateQuestions.STALLED, List.of(states::stalled));
    expected.put(StateQuestions.NOT_ACCEPTED, List.of(states::notAccepted));
    expected.put(StateQuestions.FULL_QUEUES, List.of(states::fullQueues));
    expected.put(StateQuestions.QUEUE_DROPS, List.of(states::queueDrops));
    expected.put(StateQuestions.LIMITED_BY, List.of(states::limitedBy));
    expected.put(StateQuestions.RETRANSMISSION_RATIO, List.of(states::retransmissionRatio));
    expected.put(StateQuestions.RETRANSMITS_BY_PEER, List.of(states::retransmitsByPeer));
    expected.put(StateQuestions.AGENTS_OF_HOST, List.of(states::agentsOfHost));
    expected.put(StateQuestions.LOST, List.of(() -> states.lost(endsOfRouter())));
    assertThat(expected.keySet()).containsExactlyInAnyOrderElementsOf(StateQuestions.ALL);
    return expected;
  }

  private int updates(String condition) {
    return count("tcpotel.connection.update tcpotel.connection.role:=client " + condition);
  }

  private int endsOfRouter() {
    return count(
        "tcpotel.connection.end tcpotel.connection.role:=server server.port:="
            + FleetPorts.FULL_RING);
  }

  private int count(String events) {
    return fleet
        .victoriaLogs()
        .query("event_name:=" + events + " | stats count() as events")
        .getFirst()
        .get("events")
        .getAsInt();
  }

  /** As of the last sample of the agent that has the answer: of it {@code increase()} is exact. */
  private double seconds(Question question) {
    if (question == StateQuestions.LOST) {
      return lossSeconds();
    }
    return List.of(
                StateQuestions.NOT_ACCEPTED, StateQuestions.FULL_QUEUES, StateQuestions.QUEUE_DROPS)
            .contains(question)
        ? fleet.serverSeconds()
        : fleet.clientSeconds();
  }

  /** An agent's metrics about itself have a time of their own. */
  private double lossSeconds() {
    String folded = "tcpotel_connection_seen_total{tcpotel_outcome=\"folded\"%s}";
    String instance =
        fleet.prometheus().query(folded.formatted("") + " > 0").getFirst().label("instance");
    String times = "max(timestamp(" + folded.formatted(",instance=\"" + instance + '"') + "))";
    return fleet.prometheus().query(times).getFirst().value();
  }

  @TestFactory
  Stream<DynamicTest> prometheusAnswersWithTheTruth() {
    URI address = URI.create("http://" + fleet.prometheus().address());
    Map<Question, List<Supplier<Expected>>> expected = ofConnections();
    expected.putAll(ofStates());
    List<DynamicTest> tests = new ArrayList<>();
    expected.forEach(
        (question, answers) -> {
          Interview interview =
              new Interview(
                  new AskedBackends(
                      Map.of(Backend.PROMETHEUS, address), fleet.began(), seconds(question)));
          for (Query query : question.queries()) {
            tests.add(
                DynamicTest.dynamicTest(
                    question.id(),
                    () -> answers.forEach(answer -> interview.ask(question, query, answer))));
          }
        });
    return tests.stream();
  }
}
