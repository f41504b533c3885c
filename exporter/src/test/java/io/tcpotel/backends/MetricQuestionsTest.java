// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.tcpotel.testing.PrometheusServer.Sample;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What an operator asks of the metrics. */
@FleetTest
class MetricQuestionsTest {
  private final Fleet fleet;

  MetricQuestionsTest(Fleet fleet) {
    this.fleet = fleet;
  }

  private void compare(String query, String label, Map<String, Double> expected) {
    Map<String, Double> answer = new TreeMap<>();
    for (Sample sample : fleet.prometheus().query(query, fleet.clientSeconds())) {
      answer.merge(sample.label(label), sample.value(), Double::sum);
    }
    System.out.println(query + " expected " + expected + " answered " + answer);
    assertThat(answer.keySet()).as(query).isEqualTo(expected.keySet());
    expected.forEach(
        (key, value) -> assertThat(answer.get(key)).as(query).isCloseTo(value, within(1e-6)));
  }

  @Test
  void failuresByReason() {
    compare(
        "sum by (error_type) (increase(tcpotel_connection_attempts_total{error_type!=\"\","
            + "tcpotel_connection_role=\"client\"}[1h]))",
        "error_type",
        fleet.truth().count(each -> !each.isEstablished(), KnownConnection::clientError));
  }

  @Test
  void bytesByWorkload() {
    compare(
        "sum by (container_id) (increase(tcpotel_io_bytes_total{network_io_direction=\"transmit\","
            + "tcpotel_connection_role=\"client\"}[1h]))",
        "container_id",
        fleet
            .truth()
            .sum(
                KnownConnection::isEstablished,
                each -> each.client().containerId(),
                KnownConnection::sentBytes));
  }
}
