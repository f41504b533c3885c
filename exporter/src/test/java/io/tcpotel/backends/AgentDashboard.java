// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static io.tcpotel.backends.PanelQuery.promql;
import static io.tcpotel.backends.PanelQuery.quiet;

import io.tcpotel.backends.Dashboard.Row;
import java.util.List;

/** The program itself, by its own metrics. */
final class AgentDashboard {
  private static final String OF = ",instance=~\"$agent\"";

  private static String rate(String by, String metric, String matchers) {
    return "sum by ("
        + by
        + ") (rate({\""
        + metric
        + "\""
        + matchers
        + OF
        + "}[$__rate_interval]))";
  }

  private static String now(String metric) {
    return "sum by (instance) ({\"" + metric + "\"" + OF + "})";
  }

  private static String share(String part, String whole) {
    return now(part) + " / " + now(whole);
  }

  private static final Row KERNEL =
      Row.of(
          "Kernel",
          Panel.series(
              "Attached programs",
              "short",
              "0: the watched cgroup is gone, and nothing is seen.",
              promql(now("tcpotel.bpf.attach.active"), "{{instance}}")),
          Panel.series(
              "Reports by outcome",
              "cps",
              "put is good; filtered is not wanted; folded has metrics without a log record.",
              promql(
                  rate("\"tcpotel.outcome\"", "tcpotel.connection.seen", ""),
                  "{{tcpotel.outcome}}")),
          Panel.series(
              "Records read by type",
              "cps",
              "As many as were put.",
              promql(
                  rate("\"tcpotel.record.type\"", "tcpotel.ringbuf.records", ""),
                  "{{tcpotel.record.type}}")),
          Panel.series(
              "Ring in use",
              "percentunit",
              "Bytes that wait in the ring, of its size.",
              promql(share("tcpotel.ringbuf.usage", "tcpotel.ringbuf.limit"), "{{instance}}")),
          Panel.quantiles(
              "Delay from a connection's end to its record's reading",
              "tcpotel.record.delay",
              OF,
              "Of the first record of each drain."),
          Panel.series(
              "Series in use",
              "percentunit",
              "At 100 % further ports, peers and workloads are counted under otel.metric.overflow.",
              promql(
                  share("tcpotel.metric.stream.usage", "tcpotel.metric.stream.limit"),
                  "{{instance}}")));

  private static PanelQuery sent(String item, String legend) {
    return promql(
        rate("instance", "otel.sdk.exporter." + item + ".exported", ",\"error.type\"=\"\""),
        legend + " {{instance}}");
  }

  private static PanelQuery refused(String item, String legend) {
    return quiet(
        rate("\"error.type\"", "otel.sdk.exporter." + item + ".exported", ",\"error.type\"!=\"\""),
        legend + " {{error.type}}");
  }

  private static PanelQuery dropped(String item, String legend) {
    return quiet(
        rate(
            "\"error.type\"", "otel.sdk.processor." + item + ".processed", ",\"error.type\"!=\"\""),
        legend + " dropped {{error.type}}");
  }

  private static final Row SENDING =
      Row.of(
          "Sending",
          Panel.series(
              "Accepted by the collector",
              "cps",
              "Log records, spans and data points.",
              sent("log", "log records"),
              sent("span", "spans"),
              sent("metric_data_point", "data points")),
          Panel.series(
              "Waiting in memory",
              "percentunit",
              "Of the room for log records and for spans.",
              promql(
                  share(
                      "otel.sdk.processor.log.queue.size", "otel.sdk.processor.log.queue.capacity"),
                  "log records {{instance}}"),
              promql(
                  share(
                      "otel.sdk.processor.span.queue.size",
                      "otel.sdk.processor.span.queue.capacity"),
                  "spans {{instance}}")),
          Panel.quantiles(
              "Duration of requests",
              "otel.sdk.exporter.operation.duration",
              OF,
              "With all attempts: long while a collector is away."),
          Panel.series(
              "Retries by reason",
              "cps",
              "Attempts beyond a request's first, by the gRPC code that they followed.",
              quiet(rate("\"error.type\"", "tcpotel.export.retries", ""), "{{error.type}}")),
          Panel.series(
              "Time of a collection of the metrics, p99",
              "s",
              "Without its export.",
              promql(
                  "histogram_quantile(0.99, sum by (le, instance) (rate("
                      + "{\"otel.sdk.metric_reader.collection.duration_bucket\""
                      + OF
                      + "}[$__rate_interval])))",
                  "{{instance}}")),
          Panel.series(
              "Waiting on the disk",
              "percentunit",
              "The spool's files, of as much as they may take; only with a spool.",
              quiet(
                  share("tcpotel.export.spool.usage", "tcpotel.export.spool.limit"),
                  "{{instance}}")));

  private static final Row LOSSES =
      Row.of(
          "Losses: nothing here is good",
          Panel.series(
              "Not in the access log",
              "cps",
              "Reports without room in the ring; folded ends are in the metrics nevertheless.",
              quiet(
                  rate("\"tcpotel.record.type\"", "tcpotel.ringbuf.dropped", ""),
                  "ring full {{tcpotel.record.type}}"),
              quiet(
                  rate("\"error.type\"", "tcpotel.record.processed", ",\"error.type\"!=\"\""),
                  "not understood {{error.type}}"),
              quiet(rate("instance", "tcpotel.connection.unknown", ""), "unknown {{instance}}")),
          Panel.series(
              "Not delivered",
              "cps",
              "Dropped before they were sent, rejected or refused.",
              dropped("log", "log records"),
              dropped("span", "spans"),
              refused("log", "log records"),
              refused("span", "spans"),
              refused("metric_data_point", "data points")),
          Panel.series(
              "Counted without a name",
              "cps",
              "In the overflow of the metrics, left out on purpose, of a cgroup without a name.",
              quiet(rate("instance", "tcpotel.metric.stream.folded", ""), "overflow {{instance}}"),
              quiet(
                  rate("\"tcpotel.reason\"", "tcpotel.log.left_out", ""),
                  "left out {{tcpotel.reason}}"),
              quiet(rate("instance", "tcpotel.cgroup.unnamed", ""), "unnamed {{instance}}")));

  static final Dashboard TABLE =
      new Dashboard(
          "agent",
          "tcpotel: the agent itself",
          "Does it see everything, does it deliver everything, and has it room?",
          List.of(
              DashboardVariable.ofLabel(
                  "agent", "Agent", "{\"tcpotel.bpf.attach.active\"}", "instance")),
          List.of(KERNEL, SENDING, LOSSES));

  private AgentDashboard() {}
}
