// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static io.tcpotel.backends.PanelQuery.logql;
import static io.tcpotel.backends.PanelQuery.logsql;
import static io.tcpotel.backends.PanelQuery.promql;
import static io.tcpotel.backends.PanelQuery.quiet;

import io.tcpotel.backends.Dashboard.Row;
import java.util.List;

/** One service, or one instance of it, as client and as server. */
final class WorkloadDashboard {
  private static final String OF = ",job=~\"$job\",instance=~\"$instance\"";
  private static final String CLIENT = OF + ",\"tcpotel.connection.role\"=\"client\"";
  private static final String SERVER = OF + ",\"tcpotel.connection.role\"=\"server\"";

  private static Panel byPort(String title, String metric, String role, String description) {
    return Panel.series(
        title,
        "cps",
        description,
        promql(
            "sum by (\"server.port\", \"error.type\") (rate({\""
                + metric
                + "\""
                + role
                + "}[$__rate_interval]))",
            "{{server.port}} {{error.type}}"));
  }

  private static Panel payload(String title, String role) {
    return Panel.series(
        title,
        "Bps",
        "Acknowledged by the peer (transmit) or received in order (receive), by port.",
        promql(
            "sum by (\"server.port\", \"network.io.direction\") (rate({\"tcpotel.io\""
                + role
                + "}[$__rate_interval]))",
            "{{server.port}} {{network.io.direction}}"));
  }

  private static final Row AS_CLIENT =
      Row.of(
          "As a client: what it calls",
          byPort(
              "Connects",
              "tcpotel.connection.attempts",
              CLIENT,
              "By port and, of those that failed, reason."),
          byPort(
              "Ends",
              "tcpotel.connection.duration_count",
              CLIENT,
              "Established connections that ended, by port and, of broken ones, reason."),
          payload("Payload", CLIENT),
          Panel.quantiles(
              "Handshake",
              "tcpotel.handshake.duration",
              OF + ",\"error.type\"=\"\"",
              "From connect() to the established connection."),
          Panel.quantiles(
              "Round-trip time", "tcpotel.rtt", CLIENT, "Smoothed by the kernel, with exemplars."),
          Panel.series(
              "Retransmitted segments, by port",
              "cps",
              "Segments sent again.",
              promql(
                  "sum by (\"server.port\") (rate({\"tcpotel.retransmits\""
                      + CLIENT
                      + "}[$__rate_interval]))",
                  "{{server.port}}")));

  private static final Row AS_SERVER =
      Row.of(
          "As a server: who calls it",
          byPort(
              "Accepted",
              "tcpotel.connection.attempts",
              SERVER,
              "Established connections, by port."),
          payload("Payload", SERVER),
          Panel.quantiles(
              "Round-trip time", "tcpotel.rtt", SERVER, "Smoothed by the kernel, with exemplars."),
          Panel.series(
              "Open now, by port",
              "short",
              "Established connections.",
              promql(
                  "sum by (\"server.port\") ({\"tcpotel.connection.active\"" + SERVER + "})",
                  "{{server.port}}")),
          Panel.series(
              "Accept queue, by port",
              "short",
              "Connections that wait for accept(), and as many as may.",
              promql(
                  "sum by (\"server.port\") ({\"tcpotel.accept_queue.usage\"" + OF + "})",
                  "{{server.port}} waiting"),
              promql(
                  "sum by (\"server.port\") ({\"tcpotel.accept_queue.limit\"" + OF + "})",
                  "{{server.port}} limit")),
          Panel.series(
              "Dropped by a full accept queue, by port",
              "cps",
              "Times that a connection found the queue full.",
              quiet(
                  "sum by (\"server.port\") (rate({\"tcpotel.accept_queue.drops\""
                      + OF
                      + "}[$__rate_interval]))",
                  "{{server.port}}")));

  private static final Row LOGS =
      Row.of(
          "Its connections",
          Panel.table(
              "Slowest",
              "Connections that ended, the longest first.",
              logsql(
                  """
                  event_name:="tcpotel.connection.end" service.instance.id:~"$instance"
                  | sort by (tcpotel.connection.duration desc) | limit 100
                  """,
                  ""),
              logql(
                  """
                  {service_name=~".+"} | tcpotel_event_name="tcpotel.connection.end"
                    | service_instance_id=~"$instance" | tcpotel_connection_duration > 1
                  """,
                  "")),
          Panel.lines(
              "Log records",
              "The newest first.",
              logsql(
                  "event_name:=\"tcpotel.connection.end\" service.instance.id:~\"$instance\""
                      + " | sort by (_time desc) | limit 200",
                  ""),
              logql(
                  "{service_name=~\".+\"} | tcpotel_event_name=\"tcpotel.connection.end\""
                      + " | service_instance_id=~\"$instance\"",
                  "")));

  static final Dashboard TABLE =
      new Dashboard(
          "workload",
          "tcpotel: one workload",
          "A service, or one container or unit of it: what it calls, who calls it, how that goes.",
          List.of(DashboardVariable.JOB, DashboardVariable.INSTANCE),
          List.of(AS_CLIENT, AS_SERVER, LOGS));

  private WorkloadDashboard() {}
}
