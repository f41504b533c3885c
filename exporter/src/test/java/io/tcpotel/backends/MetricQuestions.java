// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.backends.Question.Comparison;
import java.util.List;

/** Questions to metrics about connections as they begin, carry and end. */
final class MetricQuestions {
  static final Question FAILURES_BY_REASON =
      Question.of(
          "failures-by-reason",
          "How many connects failed, at which port and why?",
          "As clients count them, in the last hour.",
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

  static final Question FAILURES_BY_PAIR =
      Question.of(
          "failures-by-pair",
          "How many connects failed between which addresses, and why?",
          "Needs `--metrics-by address-pair`.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (network_local_address, network_peer_address, error_type) (
                increase(tcpotel_connection_attempts_total{tcpotel_connection_role="client",
                  error_type!=""}[1h]))
              """,
              "network_local_address",
              "network_peer_address",
              "error_type",
              Answer.VALUE));

  static final Question FAILURES_BY_WORKLOAD =
      Question.of(
          "failures-by-workload",
          "Whose connects fail, and which part of them?",
          "By container: `container.id` is a label where Prometheus has it among `promote_resource_attributes`.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (container_id) (
                increase(tcpotel_connection_attempts_total{tcpotel_connection_role="client",
                  error_type!=""}[1h]))
              / sum by (container_id) (
                increase(tcpotel_connection_attempts_total{tcpotel_connection_role="client"}[1h]))
              """,
              "container_id",
              Answer.VALUE));

  static final Question FIRST_BURST =
      Question.of(
          "first-burst",
          "How many connects failed at a port that is new?",
          "A series begins with a point of value 0, so that its first burst counts.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port) (
                increase(tcpotel_connection_attempts_total{tcpotel_connection_role="client",
                  error_type="connection_refused", server_port="$port"}[1h]))
              """,
              "server_port",
              Answer.VALUE));

  static final Question OVER_RESTART =
      Question.of(
          "over-restart",
          "How many connections were there before and after a restart of the agent?",
          "The counters begin anew with the agent: `increase()` and `rate()` add up both.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port) (
                increase(tcpotel_connection_attempts_total{tcpotel_connection_role="client",
                  server_port="$port"}[1h]))
              """,
              "server_port",
              Answer.VALUE));

  static final Question WITHOUT_COLLECTOR =
      Question.of(
          "without-collector",
          "How many connections were there while the Collector was away?",
          "The counters go on; the next sample that arrives has them.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port) (
                increase(tcpotel_connection_duration_seconds_count{tcpotel_connection_role="client",
                  server_port="$port"}[1h]))
              """,
              "server_port",
              Answer.VALUE));

  static final Question RTT_BY_PORT =
      Question.of(
          "rtt-by-port",
          "How long is the round-trip time of each port?",
          "Half of them are at most so long for a `$quantile` of 0.5, all but one in a hundred for 0.99; interpolated within a bucket.",
          Comparison.AMONG,
          Query.of(
              Backend.PROMETHEUS,
              """
              histogram_quantile($quantile, sum by (le, server_port) (
                increase(tcpotel_rtt_seconds_bucket{tcpotel_connection_role="client"}[1h])))
              """,
              "server_port",
              Answer.VALUE));

  static final Question HANDSHAKE_BY_PORT =
      Question.of(
          "handshake-by-port",
          "How long is the handshake of each port?",
          "Half of them are at most so long for a `$quantile` of 0.5, all but one in a hundred for 0.99; interpolated within a bucket.",
          Comparison.AMONG,
          Query.of(
              Backend.PROMETHEUS,
              """
              histogram_quantile($quantile, sum by (le, server_port) (
                increase(tcpotel_handshake_duration_seconds_bucket{error_type="", tcpotel_connection_role="client"}[1h])))
              """,
              "server_port",
              Answer.VALUE));

  static final Question DURATION_BY_PORT =
      Question.of(
          "duration-by-port",
          "How long is the duration of connections of each port?",
          "Half of them are at most so long for a `$quantile` of 0.5, all but one in a hundred for 0.99; interpolated within a bucket.",
          Comparison.AMONG,
          Query.of(
              Backend.PROMETHEUS,
              """
              histogram_quantile($quantile, sum by (le, server_port) (
                increase(tcpotel_connection_duration_seconds_bucket{tcpotel_connection_role="client"}[1h])))
              """,
              "server_port",
              Answer.VALUE));

  static final Question RTT_BY_PEER =
      Question.of(
          "rtt-by-peer",
          "How long is the round-trip time of each peer?",
          "Half of them are at most so long for a `$quantile` of 0.5, all but one in a hundred for 0.99; interpolated within a bucket. Needs `--metrics-by address-pair`; with `--names`, `service_peer_name` does as well.",
          Comparison.AMONG,
          Query.of(
              Backend.PROMETHEUS,
              """
              histogram_quantile($quantile, sum by (le, network_peer_address) (
                increase(tcpotel_rtt_seconds_bucket{tcpotel_connection_role="client"}[1h])))
              """,
              "network_peer_address",
              Answer.VALUE));

  static final Question HANDSHAKE_BY_PEER =
      Question.of(
          "handshake-by-peer",
          "How long is the handshake of each peer?",
          "Half of them are at most so long for a `$quantile` of 0.5, all but one in a hundred for 0.99; interpolated within a bucket. Needs `--metrics-by address-pair`; with `--names`, `service_peer_name` does as well.",
          Comparison.AMONG,
          Query.of(
              Backend.PROMETHEUS,
              """
              histogram_quantile($quantile, sum by (le, network_peer_address) (
                increase(tcpotel_handshake_duration_seconds_bucket{error_type="", tcpotel_connection_role="client"}[1h])))
              """,
              "network_peer_address",
              Answer.VALUE));

  static final Question DURATION_BY_PEER =
      Question.of(
          "duration-by-peer",
          "How long is the duration of connections of each peer?",
          "Half of them are at most so long for a `$quantile` of 0.5, all but one in a hundred for 0.99; interpolated within a bucket. Needs `--metrics-by address-pair`; with `--names`, `service_peer_name` does as well.",
          Comparison.AMONG,
          Query.of(
              Backend.PROMETHEUS,
              """
              histogram_quantile($quantile, sum by (le, network_peer_address) (
                increase(tcpotel_connection_duration_seconds_bucket{tcpotel_connection_role="client"}[1h])))
              """,
              "network_peer_address",
              Answer.VALUE));

  static final Question BYTES_BY_PORT =
      Question.of(
          "bytes-by-port",
          "How many bytes per second does each port carry?",
          "Payload, in the last ten minutes, as clients count it.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port, network_io_direction) (
                rate(tcpotel_io_bytes_total{tcpotel_connection_role="client"}[10m])) > 0
              """,
              "server_port",
              "network_io_direction",
              Answer.VALUE));

  static final Question BYTES_BY_PAIR =
      Question.of(
          "bytes-by-pair",
          "How many bytes per second does each pair carry?",
          "Payload, in the last ten minutes, as clients count it. Needs `--metrics-by address-pair`.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (network_local_address, network_peer_address, network_io_direction) (
                rate(tcpotel_io_bytes_total{tcpotel_connection_role="client"}[10m])) > 0
              """,
              "network_local_address",
              "network_peer_address",
              "network_io_direction",
              Answer.VALUE));

  static final Question BYTES_BY_WORKLOAD =
      Question.of(
          "bytes-by-workload",
          "How many bytes per second does each workload carry?",
          "Payload, in the last ten minutes, as clients count it.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (container_id, network_io_direction) (
                rate(tcpotel_io_bytes_total{tcpotel_connection_role="client"}[10m])) > 0
              """,
              "container_id",
              "network_io_direction",
              Answer.VALUE));

  static final List<Question> ALL =
      List.of(
          FAILURES_BY_REASON,
          FAILURES_BY_PAIR,
          FAILURES_BY_WORKLOAD,
          FIRST_BURST,
          OVER_RESTART,
          WITHOUT_COLLECTOR,
          RTT_BY_PORT,
          HANDSHAKE_BY_PORT,
          DURATION_BY_PORT,
          RTT_BY_PEER,
          HANDSHAKE_BY_PEER,
          DURATION_BY_PEER,
          BYTES_BY_PORT,
          BYTES_BY_PAIR,
          BYTES_BY_WORKLOAD);

  private MetricQuestions() {}
}
