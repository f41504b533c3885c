// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static io.tcpotel.backends.PanelQuery.logql;
import static io.tcpotel.backends.PanelQuery.logsql;
import static io.tcpotel.backends.PanelQuery.promql;
import static io.tcpotel.backends.PanelQuery.quiet;

import io.tcpotel.backends.Dashboard.Row;
import java.util.List;

/** All connections of all agents. */
final class FleetDashboard {
  /** Connections of the role that is chosen, of the workloads that are. */
  private static final String OF = ",\"tcpotel.connection.role\"=\"$role\",job=~\"$job\"";

  private static final Row TRUST =
      Row.of(
          "Can the numbers be trusted?",
          Panel.stat(
              "Seen",
              "short",
              "Reports of connections in the kernel, also of those that filters leave out.",
              promql("sum(increase({\"tcpotel.connection.seen\"}[$__range]))", "seen")),
          Panel.stat(
              "Put",
              "short",
              "Reports that the kernel has put into the ring.",
              promql(
                  "sum(increase({\"tcpotel.connection.seen\",\"tcpotel.outcome\"=\"put\"}[$__range]))",
                  "put")),
          Panel.stat(
              "Read",
              "short",
              "Records that agents have read from the ring: as many as were put.",
              promql("sum(increase({\"tcpotel.ringbuf.records\"}[$__range]))", "read")),
          Panel.stat(
              "Exported",
              "short",
              "Log records that a collector has accepted.",
              promql(
                  "sum(increase({\"otel.sdk.exporter.log.exported\",\"error.type\"=\"\"}[$__range]))",
                  "exported")),
          Panel.stat(
              "Lost",
              "short",
              "Connections without a log record, and log records that no collector has accepted.",
              promql(
                  """
                  sum(increase({"tcpotel.connection.seen","tcpotel.outcome"=~"folded|no_storage"}[$__range]) or
                    increase({"otel.sdk.processor.log.processed","error.type"!=""}[$__range]) or
                    increase({"otel.sdk.exporter.log.exported","error.type"!=""}[$__range])) or vector(0)
                  """,
                  "lost")),
          Panel.stat(
              "Agents attached",
              "short",
              "Agents that see their connections now.",
              promql(
                  "count(min by (instance) ({\"tcpotel.bpf.attach.active\"}) > 0) or vector(0)",
                  "attached")));

  private static final Row FAILURES =
      Row.of(
          "What failed?",
          Panel.series(
              "Failed connects by reason",
              "cps",
              "Connects that were never established.",
              promql(
                  "sum by (\"error.type\") (rate({\"tcpotel.connection.attempts\",\"error.type\"!=\"\""
                      + OF
                      + "}[$__rate_interval]))",
                  "{{error.type}}")),
          Panel.series(
              "Failed connects by workload",
              "cps",
              "The same by service and instance of the one that connects.",
              promql(
                  "sum by (job, instance) (rate({\"tcpotel.connection.attempts\",\"error.type\"!=\"\""
                      + OF
                      + "}[$__rate_interval]))",
                  "{{job}} {{instance}}")),
          Panel.series(
              "Share of connects that failed, by port",
              "percentunit",
              "Of all attempts at the port.",
              promql(
                  "sum by (\"server.port\") (rate({\"tcpotel.connection.attempts\",\"error.type\"!=\"\""
                      + OF
                      + "}[$__rate_interval])) / sum by (\"server.port\") "
                      + "(rate({\"tcpotel.connection.attempts\""
                      + OF
                      + "}[$__rate_interval]))",
                  "{{server.port}}")),
          Panel.series(
              "Broken connections by reason",
              "cps",
              "Connections that were established and ended with an error.",
              promql(
                  "sum by (\"error.type\") (rate({\"tcpotel.connection.duration_count\",\"error.type\"!=\"\""
                      + OF
                      + "}[$__rate_interval]))",
                  "{{error.type}}")));

  private static final Row CONNECTIONS =
      Row.of(
          "How many, how long, how much?",
          Panel.series(
              "Opened and closed",
              "cps",
              "Established connections that began and that ended.",
              promql(
                  "sum(rate({\"tcpotel.connection.attempts\",\"error.type\"=\"\""
                      + OF
                      + "}[$__rate_interval]))",
                  "opened"),
              promql(
                  "sum(rate({\"tcpotel.connection.duration_count\"" + OF + "}[$__rate_interval]))",
                  "closed")),
          Panel.series(
              "Open now, by port",
              "short",
              "Established connections. The last value stays for five minutes when an agent ends.",
              promql(
                  "sum by (\"server.port\") ({\"tcpotel.connection.active\"" + OF + "})",
                  "{{server.port}}")),
          Panel.quantiles(
              "Duration", "tcpotel.connection.duration", OF, "Lifetime of connections that ended."),
          Panel.series(
              "Payload by port",
              "Bps",
              "Acknowledged by the peer (transmit) or received in order (receive).",
              promql(
                  "sum by (\"server.port\", \"network.io.direction\") (rate({\"tcpotel.io\""
                      + OF
                      + "}[$__rate_interval]))",
                  "{{server.port}} {{network.io.direction}}")));

  private static final Row LATENCY =
      Row.of(
          "How far away?",
          Panel.quantiles(
              "Round-trip time",
              "tcpotel.rtt",
              OF,
              "Smoothed by the kernel; the diamonds are connections, with their traces."),
          Panel.series(
              "Round-trip time, p99 by port",
              "s",
              "The ports whose connections are slow.",
              promql(
                  "histogram_quantile(0.99, sum by (le, \"server.port\") (rate({\"tcpotel.rtt_bucket\""
                      + OF
                      + "}[$__rate_interval])))",
                  "{{server.port}}")),
          Panel.quantiles(
              "Handshake",
              "tcpotel.handshake.duration",
              ",\"error.type\"=\"\",job=~\"$job\"",
              "From connect() to the established connection: of clients, whatever the role."));

  private static final Row PATH =
      Row.of(
          "What holds them up?",
          Panel.series(
              "Retransmitted share of segments, by port",
              "percentunit",
              "Segments sent again, of all that were sent.",
              promql(
                  "sum by (\"server.port\") (rate({\"tcpotel.retransmits\""
                      + OF
                      + "}[$__rate_interval])) / sum by (\"server.port\") (rate("
                      + "{\"tcpotel.segments\",\"network.io.direction\"=\"transmit\""
                      + OF
                      + "}[$__rate_interval]))",
                  "{{server.port}}")),
          Panel.series(
              "Waiting for",
              "percentunit",
              "Shares of the time in which senders waited for network, receiver or send buffer.",
              promql(
                  "sum by (\"tcpotel.limited_by\") (rate({\"tcpotel.connection.limited\""
                      + OF
                      + "}[$__rate_interval])) / on () group_left () sum(rate("
                      + "{\"tcpotel.connection.limited\""
                      + OF
                      + "}[$__rate_interval]))",
                  "{{tcpotel.limited_by}}")),
          Panel.series(
              "Fullest accept queues",
              "percentunit",
              "Connections that wait for accept(), of the backlog: the kernel lets one more wait, then drops.",
              promql(
                  "topk(10, sum by (\"server.port\", instance) ({\"tcpotel.accept_queue.usage\",job=~\"$job\"})"
                      + " / sum by (\"server.port\", instance) "
                      + "({\"tcpotel.accept_queue.limit\",job=~\"$job\"}))",
                  "{{server.port}} {{instance}}")),
          Panel.series(
              "Stalled now, by port",
              "short",
              "Open connections whose last retransmission timeout has brought no answer yet.",
              quiet(
                  "sum by (\"server.port\") ({\"tcpotel.connection.stalled\"" + OF + "})",
                  "{{server.port}}")));

  private static final String ENDED_LOKI =
      "{service_name=~\".+\"} | tcpotel_event_name=\"tcpotel.connection.end\""
          + " | tcpotel_connection_role=\"$role\"";

  private static final Row WHICH =
      Row.of(
          "Which ones?",
          Panel.table(
              "Peers with the most payload",
              "By the log records of connections that ended.",
              logsql(
                  """
                  event_name:="tcpotel.connection.end" tcpotel.connection.role:="$role"
                  | stats by (network.peer.address) count() connections, sum(tcpotel.transmit.bytes) sent_bytes,
                    sum(tcpotel.receive.bytes) received_bytes, quantile(0.99, tcpotel.rtt.smoothed) p99_rtt_seconds
                  | sort by (sent_bytes desc) | limit 10
                  """,
                  ""),
              logql(
                  "topk(10, sum by (network_peer_address) (sum_over_time("
                      + ENDED_LOKI
                      + " | unwrap tcpotel_transmit_bytes [$__range])))",
                  "{{network_peer_address}}")),
          Panel.table(
              "Failed connections",
              "Each opens its log records and its trace, which has both ends where both hosts have an agent.",
              logsql(
                  """
                  event_name:="tcpotel.connection.end" tcpotel.connection.role:="$role" error.type:*
                  | sort by (_time desc) | limit 200
                  """,
                  ""),
              logql(ENDED_LOKI + " | error_type!=\"\"", "")));

  static final Dashboard TABLE =
      new Dashboard(
          "fleet",
          "tcpotel: connections of a fleet",
          "All connections of all agents: first whether the numbers are complete, then what failed,"
              + " how much there is, and what is slow.",
          List.of(DashboardVariable.ROLE, DashboardVariable.JOB),
          List.of(TRUST, FAILURES, CONNECTIONS, LATENCY, PATH, WHICH));

  private FleetDashboard() {}
}
