// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.backends.Question.Comparison;
import java.util.List;

/** Questions to log records. */
final class LogQuestions {
  private static final String REASON = "error.type";
  private static final String LOKI_REASON = "error_type";

  static final Question CONNECTIONS_OF_ADDRESS =
      Question.of(
          "connections-of-address",
          "All connections of one address, slowest first",
          "Each established connection once, as its client has seen it; where only the server's host has an agent,"
              + " ask for the role server. Loki sorts numbers, not lines, and refuses more than 500"
              + " series: `$seconds` keeps the fast ones out.",
          Comparison.LARGEST_FIRST,
          Query.of(
              Backend.VICTORIALOGS,
              """
              event_name:="tcpotel.connection.end" tcpotel.connection.role:="client"
                tcpotel.connection.established:="true"
                (network.local.address:="$address" or network.peer.address:="$address")
                tcpotel.connection.duration:>$seconds
              | sort by (tcpotel.connection.duration) desc
              | fields _time, network.local.address, network.local.port, network.peer.address,
                network.peer.port, error.type, tcpotel.connection.duration
              """,
              "network.local.port",
              "network.peer.port",
              "tcpotel.connection.duration"),
          Query.of(
              Backend.LOKI,
              """
              sort_desc(
                max by (network_local_port, network_peer_port, error_type) (
                  max_over_time({service_name=~".+"}
                    | tcpotel_event_name="tcpotel.connection.end" | tcpotel_connection_role="client"
                    | tcpotel_connection_established="true"
                    | network_local_address="$address" or network_peer_address="$address"
                    | tcpotel_connection_duration > $seconds
                    | unwrap tcpotel_connection_duration [1h])))
              """,
              "network_local_port",
              "network_peer_port",
              Answer.VALUE));

  static final Question FAILED_PAIRS =
      Question.of(
          "failed-pairs",
          "Which pairs failed, and why?",
          "Connects that failed, by their two addresses, port and reason.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.VICTORIALOGS,
              """
              event_name:="tcpotel.connection.end" tcpotel.connection.established:="false"
              | stats by (network.local.address, network.peer.address, server.port, error.type)
                count() connections
              | sort by (connections) desc
              """,
              "network.local.address",
              "network.peer.address",
              "server.port",
              REASON,
              "connections"),
          Query.of(
              Backend.LOKI,
              """
              sum by (network_local_address, network_peer_address, server_port, error_type) (
                count_over_time({service_name=~".+"}
                  | tcpotel_event_name="tcpotel.connection.end"
                  | tcpotel_connection_established="false" [1h]))
              """,
              "network_local_address",
              "network_peer_address",
              "server_port",
              LOKI_REASON,
              Answer.VALUE));

  static final Question WHO_ENDED_IT =
      Question.of(
          "who-ended-it",
          "Who closed first, who reset, and which process was it?",
          "`close.by` is local or remote, as seen from the end in the row, or abort for a reset or a"
              + " timeout: then connection_aborted marks the end that reset. The process is the owner of"
              + " the end; `tcpotel.closer.process.executable.name` is there if another one closed it.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.VICTORIALOGS,
              """
              event_name:="tcpotel.connection.end" server.port:=$port
                tcpotel.connection.established:="true"
              | stats by (tcpotel.connection.role, tcpotel.connection.close.by, error.type,
                process.pid, process.executable.name, tcpotel.closer.process.executable.name)
                count() connections
              """,
              "tcpotel.connection.role",
              "tcpotel.connection.close.by",
              REASON,
              "process.pid",
              "connections"),
          Query.of(
              Backend.LOKI,
              """
              sum by (tcpotel_connection_role, tcpotel_connection_close_by, error_type,
                  process_pid, process_executable_name,
                  tcpotel_closer_process_executable_name) (
                count_over_time({service_name=~".+"}
                  | tcpotel_event_name="tcpotel.connection.end" | server_port="$port"
                  | tcpotel_connection_established="true" [1h]))
              """,
              "tcpotel_connection_role",
              "tcpotel_connection_close_by",
              LOKI_REASON,
              "process_pid",
              Answer.VALUE));

  static final Question FAILING_CONTAINERS =
      Question.of(
          "failing-containers",
          "Which container made the failing connects?",
          "With Kubernetes enrichment in the Collector, ask by `k8s.pod.name` instead. Processes of the"
              + " host have neither; their `service.name` is that of the unit.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.VICTORIALOGS,
              """
              event_name:="tcpotel.connection.end" tcpotel.connection.established:="false"
                server.port:=$port
              | stats by (k8s.pod.uid, container.id, error.type) count() connects
              | sort by (connects) desc
              """,
              "k8s.pod.uid",
              "container.id",
              REASON,
              "connects"),
          Query.of(
              Backend.LOKI,
              """
              sum by (k8s_pod_uid, container_id, error_type) (
                count_over_time({service_name=~".+"}
                  | tcpotel_event_name="tcpotel.connection.end"
                  | tcpotel_connection_established="false" | server_port="$port" [1h]))
              """,
              "k8s_pod_uid",
              "container_id",
              LOKI_REASON,
              Answer.VALUE));

  static final Question LIMITS_OF_SLOW =
      Question.of(
          "limits-of-slow",
          "What limited the slow connections?",
          "Each end tells what held up its own sender: network (round trips, losses), receiver (its peer"
              + " does not read), send_buffer, or application (nothing to send, or waiting for the peer).",
          Comparison.AMONG,
          Query.of(
              Backend.VICTORIALOGS,
              """
              event_name:="tcpotel.connection.end" tcpotel.connection.role:="client"
                tcpotel.connection.established:="true" tcpotel.connection.duration:>$seconds
              | stats by (server.port, tcpotel.limited_by) count() connections
              | sort by (connections) desc
              """,
              "server.port",
              "tcpotel.limited_by",
              "connections"),
          Query.of(
              Backend.LOKI,
              """
              sum by (server_port, tcpotel_limited_by) (
                count_over_time({service_name=~".+"}
                  | tcpotel_event_name="tcpotel.connection.end" | tcpotel_connection_role="client"
                  | tcpotel_connection_established="true"
                  | tcpotel_connection_duration > $seconds [1h]))
              """,
              "server_port",
              "tcpotel_limited_by",
              Answer.VALUE));

  static final Question BOTH_ENDS =
      Question.of(
          "both-ends",
          "Which connection is this trace id, and what did its other end see?",
          "One row from each host that has an agent; a trace id is in an exemplar, a span or the log"
              + " record of either end. [pairing.md](pairing.md) says when there is only one."
              + " `tcpotel.listener.container.id` is there if another container than the listener's has"
              + " accepted and closed the connection.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.VICTORIALOGS,
              """
              event_name:="tcpotel.connection.end" trace_id:="$trace_id"
              | fields _time, host.name, container.id, tcpotel.listener.container.id,
                tcpotel.connection.role, network.local.address, network.local.port,
                network.peer.address, network.peer.port, tcpotel.transmit.bytes,
                tcpotel.receive.bytes, tcpotel.retransmits, error.type
              """,
              "tcpotel.connection.role",
              "container.id",
              "tcpotel.listener.container.id",
              "network.local.port",
              "network.peer.port",
              "tcpotel.transmit.bytes",
              "tcpotel.receive.bytes"),
          Query.of(
              Backend.LOKI,
              """
              {service_name=~".+"} | tcpotel_event_name="tcpotel.connection.end"
                | trace_id="$trace_id"
              """,
              "tcpotel_connection_role",
              "container_id",
              "tcpotel_listener_container_id",
              "network_local_port",
              "network_peer_port",
              "tcpotel_transmit_bytes",
              "tcpotel_receive_bytes"));

  static final List<Question> ALL =
      List.of(
          FAILED_PAIRS,
          FAILING_CONTAINERS,
          CONNECTIONS_OF_ADDRESS,
          WHO_ENDED_IT,
          LIMITS_OF_SLOW,
          BOTH_ENDS);

  private LogQuestions() {}
}
