// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Cumulative points count by their time, not by their arrival. */
final class SinkLinesTest {
  private static String request(long timeNs, long value) {
    return """
        {"resourceMetrics": [{"resource": {}, "scopeMetrics": [{"metrics": [{"name": "count",
        "sum": {"aggregationTemporality": 2, "dataPoints": [
        {"attributes": [], "timeUnixNano": "%d", "asInt": "%d"}]}}]}]}]}
        """
        .formatted(timeNs, value);
  }

  @Test
  void aRequestThatComesBehindALaterOneIsNotTheLatest() {
    SinkLines lines = new SinkLines(List.of(request(10, 3), request(30, 8), request(20, 5)));
    assertThat(lines.sumOfMetric("count", point -> true)).isEqualTo(8);
  }
}
