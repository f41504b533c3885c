// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static io.tcpotel.backends.PanelQuery.logql;
import static io.tcpotel.backends.PanelQuery.logsql;
import static io.tcpotel.backends.PanelQuery.promql;
import static io.tcpotel.backends.PanelQuery.quiet;

import io.tcpotel.backends.Dashboard.Row;
import java.util.List;

/** The connections of one address to another, with agents that tell pairs of addresses apart. */
final class PairDashboard {
  private static final String CLIENT =
      ",\"tcpotel.connection.role\"=\"client\",\"network.local.address\"=\"$client\""
          + ",\"network.peer.address\"=\"$server\"";
  private static final String SERVER =
      ",\"tcpotel.connection.role\"=\"server\",\"network.local.address\"=\"$server\""
          + ",\"network.peer.address\"=\"$client\"";

  private static String rate(String by, String metric, String of) {
    return "sum by (" + by + ") (rate({\"" + metric + "\"" + of + "}[$__rate_interval]))";
  }

  private static final Row METRICS =
      Row.of(
          "Metrics: of agents with --metrics-by address-pair",
          Panel.series(
              "Connects by port",
              "cps",
              "By port and, of those that failed, reason: as the client has seen it.",
              promql(
                  rate("\"server.port\", \"error.type\"", "tcpotel.connection.attempts", CLIENT),
                  "{{server.port}} {{error.type}}")),
          Panel.series(
              "Payload that the client sent, by port",
              "Bps",
              "By both ends: what the server received is what was acknowledged, but for the last moments.",
              promql(
                  rate(
                      "\"server.port\"",
                      "tcpotel.io",
                      ",\"network.io.direction\"=\"transmit\"" + CLIENT),
                  "{{server.port}} client"),
              promql(
                  rate(
                      "\"server.port\"",
                      "tcpotel.io",
                      ",\"network.io.direction\"=\"receive\"" + SERVER),
                  "{{server.port}} server")),
          Panel.series(
              "Retransmitted segments",
              "cps",
              "Segments sent again by either end.",
              promql(
                  "sum(" + rate("\"server.port\"", "tcpotel.retransmits", CLIENT) + ")", "client"),
              quiet(
                  "sum(" + rate("\"server.port\"", "tcpotel.retransmits", SERVER) + ")", "server")),
          Panel.quantiles(
              "Round-trip time, as the client has seen it",
              "tcpotel.rtt",
              CLIENT,
              "Smoothed by the kernel, with exemplars."),
          Panel.quantiles(
              "Handshake",
              "tcpotel.handshake.duration",
              CLIENT + ",\"error.type\"=\"\"",
              "From connect() to the established connection."),
          Panel.quantiles(
              "Duration",
              "tcpotel.connection.duration",
              CLIENT,
              "Lifetime of connections that ended."));

  private static final String ENDED = "event_name:=\"tcpotel.connection.end\" ";
  private static final String ENDED_LOKI =
      "{service_name=~\".+\"} | tcpotel_event_name=\"tcpotel.connection.end\"";

  /** Of both ends. */
  private static final String BOTH =
      "(network.local.address:=\"$client\" network.peer.address:=\"$server\")"
          + " or (network.local.address:=\"$server\" network.peer.address:=\"$client\")";

  private static final String BOTH_LOKI =
      " | (network_local_address=\"$client\" and network_peer_address=\"$server\")"
          + " or (network_local_address=\"$server\" and network_peer_address=\"$client\")";

  private static final Row LOGS =
      Row.of(
          "Log records: of all agents",
          Panel.table(
              "How they ended",
              "By role, port and reason.",
              logsql(
                  ENDED
                      + "("
                      + BOTH
                      + ")\n| stats by (tcpotel.connection.role, server.port, error.type) count() connections,"
                      + " quantile(0.5, tcpotel.connection.duration) p50_seconds,"
                      + " quantile(0.99, tcpotel.connection.duration) p99_seconds"
                      + " | sort by (connections desc)",
                  ""),
              logql(
                  "sum by (tcpotel_connection_role, server_port, error_type) (count_over_time("
                      + ENDED_LOKI
                      + BOTH_LOKI
                      + " [$__range]))",
                  "{{tcpotel_connection_role}} {{server_port}} {{error_type}}")),
          Panel.table(
              "Connections",
              "Both ends of one have one trace.",
              logsql(ENDED + "(" + BOTH + ") | sort by (_time desc) | limit 200", ""),
              logql(ENDED_LOKI + BOTH_LOKI, "")));

  static final Dashboard TABLE =
      new Dashboard(
          "pair",
          "tcpotel: one pair",
          "The connections of one address to another. Where addresses are translated on the way, the"
              + " client's end has the address that it connected to.",
          List.of(
              DashboardVariable.ofLabel(
                  "client",
                  "Client",
                  "{\"tcpotel.connection.attempts\",\"tcpotel.connection.role\"=\"client\"}",
                  "network.local.address"),
              DashboardVariable.ofLabel(
                  "server",
                  "Server",
                  "{\"tcpotel.connection.attempts\",\"tcpotel.connection.role\"=\"client\","
                      + "\"network.local.address\"=\"$client\"}",
                  "network.peer.address")),
          List.of(METRICS, LOGS));

  private PairDashboard() {}
}
