// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.backends.Question.Comparison;
import java.util.List;

/** Questions to metrics about the state of connections, paths and agents. */
final class StateQuestions {
  static final Question OPEN_NOW =
      Question.of(
          "open-now",
          "How many connections are open now?",
          "As of the last collection.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port) (
                tcpotel_connection_active{tcpotel_connection_role="client"}) > 0
              """,
              "server_port",
              Answer.VALUE));

  static final Question STALLED =
      Question.of(
          "stalled",
          "How many open connections have no answer to what they sent?",
          "As of the last report of each.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port) (
                tcpotel_connection_stalled{tcpotel_connection_role="client"}) > 0
              """,
              "server_port",
              Answer.VALUE));

  static final Question NOT_ACCEPTED =
      Question.of(
          "not-accepted",
          "How many connections wait for accept()?",
          "As of their last report.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port) (tcpotel_connection_not_accepted) > 0
              """,
              "server_port",
              Answer.VALUE));

  static final Question FULL_QUEUES =
      Question.of(
          "full-queues",
          "Which accept queues are full?",
          "More than nine tenths of the backlog; a queue takes one more than that.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port) (tcpotel_accept_queue_usage)
              / sum by (server_port) (tcpotel_accept_queue_limit) > 0.9
              """,
              "server_port",
              Answer.VALUE));

  static final Question QUEUE_DROPS =
      Question.of(
          "queue-drops",
          "Which accept queues overflow?",
          "Times that a connection found the queue full, in the last hour.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port) (increase(tcpotel_accept_queue_drops_total[1h])) > 0
              """,
              "server_port",
              Answer.VALUE));

  static final Question LIMITED_BY =
      Question.of(
          "limited-by",
          "What limits the connections of a port most?",
          "Seconds in which they waited for it. The rest of their duration the applications had nothing to send, or waited for each other.",
          Comparison.AMONG,
          Query.of(
              Backend.PROMETHEUS,
              """
              topk by (server_port) (1, sum by (server_port, tcpotel_limited_by) (
                increase(tcpotel_connection_limited_seconds_total{tcpotel_connection_role="client"}[1h])))
              """,
              "server_port",
              "tcpotel_limited_by",
              Answer.VALUE));

  static final Question RETRANSMISSION_RATIO =
      Question.of(
          "retransmission-ratio",
          "Which part of the segments of a port is sent again?",
          "Of all segments, pure acknowledgements included.",
          Comparison.AMONG,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (server_port) (
                increase(tcpotel_retransmits_total{tcpotel_connection_role="client"}[1h]))
              / sum by (server_port) (
                increase(tcpotel_segments_total{tcpotel_connection_role="client",
                  network_io_direction="transmit"}[1h])) > 0
              """,
              "server_port",
              Answer.VALUE));

  static final Question RETRANSMITS_BY_PEER =
      Question.of(
          "retransmits-by-peer",
          "How many segments to which peer are sent again?",
          "Needs `--metrics-by address-pair`. Segments have no peer in the metrics: for a ratio, divide by the bytes.",
          Comparison.AMONG,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (network_peer_address, server_port) (
                increase(tcpotel_retransmits_total{tcpotel_connection_role="client"}[1h])) > 0
              """,
              "network_peer_address",
              "server_port",
              Answer.VALUE));

  static final Question AGENTS_OF_HOST =
      Question.of(
          "agents-of-host",
          "How many agents does a host have?",
          "Each has an instance of its own, whatever it watches.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              count by (host_name) (target_info{service_name="tcpotel"})
              """,
              "host_name",
              Answer.VALUE));

  static final Question LOST =
      Question.of(
          "lost",
          "Has an agent lost anything?",
          "By reason, in the last hour; no row if nothing is lost. folded: connections that found no"
              + " room in the ring; metrics count them, logs and spans do not tell of them.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.PROMETHEUS,
              """
              sum by (reason) (
                label_replace(increase(tcpotel_connection_seen_total{
                  tcpotel_outcome=~"folded|no_storage"}[1h]), "reason", "$1", "tcpotel_outcome", "(.+)")
                or label_replace(increase(otel_sdk_processor_log_processed_total{
                  error_type!=""}[1h]), "reason", "$1", "error_type", "(.+)")
                or label_replace(increase(otel_sdk_exporter_log_exported_total{
                  error_type!=""}[1h]), "reason", "$1", "error_type", "(.+)")) > 0
              """,
              "reason",
              Answer.VALUE));

  static final List<Question> ALL =
      List.of(
          OPEN_NOW,
          STALLED,
          NOT_ACCEPTED,
          FULL_QUEUES,
          QUEUE_DROPS,
          LIMITED_BY,
          RETRANSMISSION_RATIO,
          RETRANSMITS_BY_PEER,
          AGENTS_OF_HOST,
          LOST);

  private StateQuestions() {}
}
