// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.backends.Question.Comparison;
import java.util.List;

/** Questions to spans, and the way from a metric to one. */
final class TraceQuestions {
  static final Question EXEMPLAR =
      Question.of(
          "exemplar-of-slowest",
          "The p99 of a port jumped: which connection was it?",
          "The slowest connection of each bucket, and the last that failed there, with its trace id for"
              + " the next two questions. Needs `--enable-feature=exemplar-storage` in Prometheus."
              + " In a Grafana panel, switch exemplars on.",
          Comparison.AMONG,
          Query.of(
              Backend.PROMETHEUS,
              "/api/v1/query_exemplars?query=tcpotel_connection_duration_seconds_bucket"
                  + "{tcpotel_connection_role=\"client\",server_port=\"$port\"}&start=$start&end=$end",
              "tcpotel.connection.id",
              Answer.VALUE));

  static final Question TRACE_OF_BOTH_ENDS =
      Question.of(
          "trace-of-both-ends",
          "The trace of both ends",
          "The span of the server is the child of the client's, from whichever agent it came. Needs"
              + " `traces` in `--signals`.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.JAEGER,
              "/api/traces/$trace_id",
              "span.kind",
              "network.local.port",
              "network.peer.port",
              "span_id",
              "parent_span_id"),
          Query.of(
              Backend.TEMPO,
              """
              { trace:id = "$trace_id" }
                | select(span.network.local.port, span.network.peer.port, span:parentID)
              """,
              "kind",
              "network.local.port",
              "network.peer.port",
              "span_id",
              "span:parentID"));

  static final Question FAILED_SPANS =
      Question.of(
          "failed-spans",
          "Which connects of a service failed, as spans?",
          "A failed connect has a trace of its own. Connections of a container have a `service.name` only"
              + " if the Collector adds one; without, Jaeger calls them `missing-service-name`. Needs"
              + " `traces` in `--signals`.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.JAEGER,
              "/api/traces?service=$service&lookback=1h&limit=1000&tags={\"error.type\":\"$reason\"}",
              "network.local.port",
              "network.peer.port"),
          Query.of(
              Backend.TEMPO,
              """
              { resource.service.name = "$service" && span.error.type = "$reason" && status = error }
                | select(span.network.local.port, span.network.peer.port)
              """,
              "network.local.port",
              "network.peer.port"));

  static final List<Question> ALL = List.of(EXEMPLAR, TRACE_OF_BOTH_ENDS, FAILED_SPANS);

  private TraceQuestions() {}
}
