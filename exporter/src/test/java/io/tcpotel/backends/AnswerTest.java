// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.backends.Question.Comparison;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How answers are read, and that a wrong one is not taken for the truth. */
class AnswerTest {
  private static List<List<String>> read(Backend backend, String body, String... columns) {
    return Answer.columns(Answer.rows(backend, body), List.of(columns));
  }

  @Test
  void linesOfVictoriaLogs() {
    String body = "{\"error.type\":\"timed_out\",\"n\":\"3\"}\n{\"n\":\"4\"}\n";
    assertThat(read(Backend.VICTORIALOGS, body, "error.type", "n"))
        .containsExactly(List.of("timed_out", "3"), List.of("", "4"));
  }

  @Test
  void seriesOfPrometheusAndOfLoki() {
    String body =
        """
        {"status":"success","data":{"resultType":"vector","result":[
          {"metric":{"server_port":"443"},"value":[1795898485.86,"7"]}]}}
        """;
    for (Backend backend : List.of(Backend.PROMETHEUS, Backend.LOKI)) {
      assertThat(read(backend, body, "server_port", Answer.VALUE))
          .containsExactly(List.of("443", "7"));
    }
  }

  @Test
  void linesOfLoki() {
    String body =
        """
        {"status":"success","data":{"resultType":"streams","result":[
          {"stream":{"server_port":"443"},"values":[["1","first"],["2","second"]]}]}}
        """;
    assertThat(read(Backend.LOKI, body, "server_port", "line"))
        .containsExactly(List.of("443", "first"), List.of("443", "second"));
  }

  @Test
  void exemplarsOfPrometheus() {
    String body =
        """
        {"status":"success","data":[{"seriesLabels":{"le":"0.05"},"exemplars":[
          {"labels":{"trace_id":"ab"},"value":"0.02","timestamp":1795898485.860}]}]}
        """;
    assertThat(read(Backend.PROMETHEUS, body, "le", "trace_id", Answer.VALUE))
        .containsExactly(List.of("0.05", "ab", "0.02"));
  }

  @Test
  void spansOfJaeger() {
    String body =
        """
        {"data":[{"traceID":"ab","processes":{"p1":{"serviceName":"shop","tags":[
            {"key":"host.name","value":"vm"}]}},
          "spans":[{"traceID":"ab","spanID":"cd","processID":"p1","operationName":"tcp",
            "references":[{"refType":"CHILD_OF","traceID":"ab","spanID":"ef"}],
            "tags":[{"key":"network.peer.port","type":"int64","value":5432}]}]}]}
        """;
    assertThat(
            read(
                Backend.JAEGER,
                body,
                "service.name",
                "host.name",
                "span_id",
                "parent_span_id",
                "network.peer.port"))
        .containsExactly(List.of("shop", "vm", "cd", "ef", "5432"));
  }

  @Test
  void spansOfTempo() {
    String body =
        """
        {"traces":[{"traceID":"ab","spanSet":{"spans":[{"spanID":"cd","attributes":[
          {"key":"network.peer.port","value":{"intValue":"5432"}}]}]}}]}
        """;
    assertThat(read(Backend.TEMPO, body, "trace_id", "span_id", "network.peer.port"))
        .containsExactly(List.of("ab", "cd", "5432"));
  }

  @Test
  void anErrorIsNoAnswer() {
    assertThatThrownBy(() -> read(Backend.PROMETHEUS, "{\"status\":\"error\"}"))
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void aWrongAnswerIsNotTheTruth() {
    Expected truth =
        new Expected(
            Map.of(),
            List.of(
                List.of(Cell.of("slow"), Cell.between(2, 3)),
                List.of(Cell.of("fast"), Cell.of(1))));
    List<String> slow = List.of("slow", "2.5");
    List<String> fast = List.of("fast", "1.0");
    List<String> other = List.of("other", "0");
    assertThat(truth.isAnsweredBy(List.of(fast, slow), Comparison.SAME_ROWS)).isTrue();
    assertThat(truth.isAnsweredBy(List.of(fast, slow), Comparison.LARGEST_FIRST)).isFalse();
    assertThat(truth.isAnsweredBy(List.of(slow, fast), Comparison.LARGEST_FIRST)).isTrue();
    assertThat(truth.isAnsweredBy(List.of(slow, fast, other), Comparison.AMONG)).isTrue();
    assertThat(truth.isAnsweredBy(List.of(slow, fast, other), Comparison.SAME_ROWS)).isFalse();
    assertThat(truth.isAnsweredBy(List.of(slow), Comparison.AMONG)).isFalse();
    assertThat(truth.isAnsweredBy(List.of(slow, slow), Comparison.SAME_ROWS)).isFalse();
    assertThat(truth.isAnsweredBy(List.of(List.of("slow", "3.1"), fast), Comparison.SAME_ROWS))
        .isFalse();
    assertThat(new Expected(Map.of(), List.of()).isAnsweredBy(List.of(), Comparison.SAME_ROWS))
        .isFalse();
  }
}
