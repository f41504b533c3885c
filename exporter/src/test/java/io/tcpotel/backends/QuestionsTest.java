// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.GivenBackend;
import java.net.URI;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Asks the backends the questions of {@link Questions} about log records and spans. */
@FleetTest
class QuestionsTest {
  /** The name of an attribute that a condition of LogsQL reads. */
  private static final Pattern FILTERED =
      Pattern.compile("(?<![a-z_.])([a-z_]+[.][a-z_.]+|event_name|trace_id):");

  private final Fleet fleet;
  private final AskedBackends backends;

  QuestionsTest(Fleet fleet) {
    this.fleet = fleet;
    Map<Backend, URI> addresses = new EnumMap<>(Backend.class);
    addresses.put(Backend.PROMETHEUS, URI.create("http://" + fleet.prometheus().address()));
    addresses.put(Backend.VICTORIALOGS, URI.create(fleet.victoriaLogs().url()));
    addresses.put(Backend.JAEGER, URI.create(fleet.jaeger().url()));
    if (GivenBackend.LOKI.isGiven()) {
      addresses.put(Backend.LOKI, GivenBackend.LOKI.address());
    }
    if (GivenBackend.TEMPO.isGiven()) {
      addresses.put(Backend.TEMPO, GivenBackend.TEMPO.address());
    }
    backends = new AskedBackends(addresses, fleet.began(), fleet.endSeconds());
  }

  private Map<Question, Supplier<List<Expected>>> expected() {
    ExpectedLogs logs = new ExpectedLogs(fleet.truth());
    Map<Question, Supplier<List<Expected>>> expected = new LinkedHashMap<>();
    expected.put(LogQuestions.FAILED_PAIRS, () -> List.of(logs.failedPairs()));
    expected.put(LogQuestions.FAILING_CONTAINERS, () -> List.of(logs.failingContainers()));
    expected.put(LogQuestions.CONNECTIONS_OF_ADDRESS, logs::connectionsOfAddress);
    expected.put(LogQuestions.WHO_ENDED_IT, logs::whoEndedIt);
    expected.put(LogQuestions.LIMITS_OF_SLOW, () -> List.of(logs.limitsOfSlow()));
    expected.put(LogQuestions.BOTH_ENDS, () -> throughNat(ExpectedTraces::bothEnds));
    expected.put(LiveQuestions.IDLE_LONG, () -> List.of(logs.idleLong(fleet.endSeconds())));
    expected.put(LiveQuestions.STALLED_NOW, () -> List.of(logs.stalledNow(fleet.endSeconds())));
    expected.put(TraceQuestions.EXEMPLAR, () -> throughNat(ExpectedTraces::exemplar));
    expected.put(
        TraceQuestions.TRACE_OF_BOTH_ENDS, () -> throughNat(ExpectedTraces::traceOfBothEnds));
    expected.put(TraceQuestions.FAILED_SPANS, () -> List.of(logs.failedSpans()));
    return expected;
  }

  /** Of a connection whose destination is translated, and of one whose source is. */
  private List<Expected> throughNat(Function<ExpectedTraces, Expected> answer) {
    return Stream.of(FleetPorts.TRANSLATED, FleetPorts.MASQUERADED)
        .map(
            port ->
                new ExpectedTraces(
                    backends, fleet.truth(), port, fleet.began(), fleet.endSeconds()))
        .map(answer)
        .toList();
  }

  @TestFactory
  Stream<DynamicTest> eachBackendAnswersWithTheTruth() {
    Map<Question, Supplier<List<Expected>>> expected = expected();
    assertThat(expected.keySet())
        .containsAll(LogQuestions.ALL)
        .containsAll(LiveQuestions.ALL)
        .containsAll(TraceQuestions.ALL);
    Interview interview = new Interview(backends);
    List<DynamicTest> tests = new ArrayList<>();
    expected.forEach(
        (question, answers) -> {
          for (Query query : question.queries()) {
            tests.add(
                DynamicTest.dynamicTest(
                    question.id() + ", " + query.backend().product(),
                    () ->
                        answers.get().forEach(each -> interview.ask(question, query, () -> each))));
          }
        });
    return tests.stream();
  }

  /** Also: the filter or the column is needed. */
  @Test
  void aRenamedAttributeIsNoticed() {
    expected()
        .forEach(
            (question, answers) ->
                question.queries().stream()
                    .filter(query -> query.backend() == Backend.VICTORIALOGS)
                    .forEach(query -> requireNoticed(question, query, answers.get())));
  }

  private void requireNoticed(Question question, Query query, List<Expected> truths) {
    Set<String> names = new TreeSet<>(query.columns());
    names.retainAll(List.of(query.text().split("[^a-z_.]+")));
    FILTERED.matcher(query.text()).results().forEach(found -> names.add(found.group(1)));
    for (String name : names) {
      Query renamed =
          new Query(
              query.backend(),
              query.text().replaceAll("(?<![a-z_.])" + Pattern.quote(name) + "(?![a-z_.])", "$0x"),
              query.columns());
      assertThat(truths)
          .as("%s without %s", question.id(), name)
          .anyMatch(
              truth ->
                  !truth.isAnsweredBy(backends.ask(renamed, truth.given()), question.comparison()));
    }
  }
}
