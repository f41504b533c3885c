// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.backends.Question.Comparison;
import java.util.List;

/** Questions to metrics. */
final class MetricQuestions {
  static final Question FAILURES_BY_REASON =
      Question.of(
          "failures-by-reason",
          "How many connects failed, at which port and why?",
          "As clients count them.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port, error_type) (
                increase(tcpotel_connection_attempts_total{tcpotel_connection_role="client",
                  error_type!=""}[1h]))
              """,
              "server_port",
              "error_type",
              Answer.VALUE));

  static final List<Question> ALL = List.of(FAILURES_BY_REASON);

  private MetricQuestions() {}
}
