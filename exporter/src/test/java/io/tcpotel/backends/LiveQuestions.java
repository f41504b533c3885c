// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.backends.Question.Comparison;
import java.util.List;

/** Questions to log records about connections that are open now. */
final class LiveQuestions {
  private static final String ROLE = "tcpotel.connection.role";
  private static final String LOKI_ROLE = "tcpotel_connection_role";

  static final Question IDLE_LONG =
      Question.of(
          "idle-long",
          "What is idle for long?",
          "Open connections on which neither end has sent data for `$seconds`. Needs"
              + " `--log-events end,update`. The last event of each connection counts: an update, or it is"
              + " open no more. Loki cannot take the last event of each: choose a range of one"
              + " `--report-interval` before now.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.VICTORIALOGS,
              """
              event_name:in("tcpotel.connection.update", "tcpotel.connection.end")
              | last 1 by (_time) partition by (host.name, tcpotel.connection.id)
              | filter event_name:="tcpotel.connection.update"
              | math min(tcpotel.idle.transmit default tcpotel.connection.duration,
                tcpotel.idle.receive default tcpotel.connection.duration) as idle
              | filter idle:>$seconds
              | sort by (idle) desc
              | fields _time, tcpotel.connection.role, process.executable.name,
                network.local.address, network.local.port, network.peer.address, network.peer.port, idle
              """,
              ROLE,
              "network.local.port",
              "network.peer.port"),
          Query.of(
              Backend.LOKI,
              """
              {service_name=~".+"} | tcpotel_event_name="tcpotel.connection.update"
                | tcpotel_idle_transmit="" or tcpotel_idle_transmit > $seconds
                | tcpotel_idle_receive="" or tcpotel_idle_receive > $seconds
                | tcpotel_connection_duration > $seconds
              """,
              LOKI_ROLE,
              "network_local_port",
              "network_peer_port"));

  static final Question STALLED_NOW =
      Question.of(
          "stalled-now",
          "What is stalled now?",
          "Open connections that have sent again and had nothing acknowledged since the time asked for:"
              + " a few report intervals. Needs `--log-events end,update`. How many there are of each port"
              + " is in the metric `tcpotel.connection.stalled`.",
          Comparison.SAME_ROWS,
          Query.of(
              Backend.VICTORIALOGS,
              """
              event_name:in("tcpotel.connection.update", "tcpotel.connection.end") _time:$window
              | stats by (host.name, tcpotel.connection.id, tcpotel.connection.role,
                network.local.address, network.local.port, network.peer.address, network.peer.port)
                count() if (event_name:="tcpotel.connection.end") ends,
                min(tcpotel.retransmits) first_sent_again, max(tcpotel.retransmits) last_sent_again,
                min(tcpotel.transmit.bytes) first_bytes, max(tcpotel.transmit.bytes) last_bytes
              | math last_sent_again - first_sent_again as sent_again, last_bytes - first_bytes as bytes
              | filter ends:=0 sent_again:>0 bytes:=0
              """,
              ROLE,
              "network.local.port",
              "network.peer.port"),
          Query.of(
              Backend.LOKI,
              """
              (
                max by (tcpotel_connection_role, network_local_port, network_peer_port) (
                  max_over_time({service_name=~".+"}
                    | tcpotel_event_name="tcpotel.connection.update"
                    | unwrap tcpotel_retransmits [$window]))
                > min by (tcpotel_connection_role, network_local_port, network_peer_port) (
                  min_over_time({service_name=~".+"}
                    | tcpotel_event_name="tcpotel.connection.update"
                    | unwrap tcpotel_retransmits [$window]))
              ) and (
                max by (tcpotel_connection_role, network_local_port, network_peer_port) (
                  max_over_time({service_name=~".+"}
                    | tcpotel_event_name="tcpotel.connection.update"
                    | unwrap tcpotel_transmit_bytes [$window]))
                == min by (tcpotel_connection_role, network_local_port, network_peer_port) (
                  min_over_time({service_name=~".+"}
                    | tcpotel_event_name="tcpotel.connection.update"
                    | unwrap tcpotel_transmit_bytes [$window]))
              ) unless
                sum by (tcpotel_connection_role, network_local_port, network_peer_port) (
                  count_over_time({service_name=~".+"}
                    | tcpotel_event_name="tcpotel.connection.end" [$window]))
              """,
              LOKI_ROLE,
              "network_local_port",
              "network_peer_port"));

  static final List<Question> ALL = List.of(IDLE_LONG, STALLED_NOW);

  private LiveQuestions() {}
}
