// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.RecordImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * docs/telemetry.md is written from the tables that the program itself uses; with {@code
 * -Dgolden.update} it is written anew, and the test fails, so that nobody leaves that on.
 */
class TelemetryReferenceTest {
  private static final Path PAGE = Path.of("../docs/telemetry.md");

  private static final Path SPANS_OF_REGISTRY = Path.of("../otel-config/registry/spans.yaml");

  private static final String HEAD =
      """
      # Telemetry

      <!-- Written by TelemetryReferenceTest from the tables in the code: do not edit. -->

      Everything goes to the collector as OTLP over gRPC, under the instrumentation scope `%s` and the schema URL
      `%s`. Units and names follow OpenTelemetry's semantic conventions; names that they lack begin with `tcpotel.`

      ## Resource

      Every resource has `host.name`, `host.id`, `k8s.node.name` (from the variable `K8S_NODE_NAME`), `telemetry.distro.name` and
      `.version`, `telemetry.sdk.*`, and what `OTEL_RESOURCE_ATTRIBUTES` names, which wins.

      Connections have the resource of their workload: `container.id`, `k8s.pod.uid`, `tcpotel.systemd.unit`,
      `tcpotel.systemd.slice` and `service.name`, each where it is known ([workloads.md](workloads.md)). `service.instance.id` is a UUID
      of version 5 made of the agent's own and the container's id or the path of the cgroup: the same after a restart of
      the agent, another for each agent and each workload. A request has the log records of one resource together.

      The agent's own resource has `service.name` (tcpotel) and `service.instance.id` (host name and boot id; with a scope or filters
      that leave sockets out, a hash of them as well). `OTEL_SERVICE_NAME`, and these two in `OTEL_RESOURCE_ATTRIBUTES`, name the
      agent alone. It is the resource of the metrics about the program, of connections of a cgroup whose path is unknown, of the series
      marked `otel.metric.overflow`, of recordings without paths, and with `--resource agent` of everything.

      In Kubernetes ([kubernetes.md](kubernetes.md)), variables tell what the agent cannot find out: `K8S_NODE_NAME` is also its
      `host.name`, since the host name of a pod changes with each restart; `K8S_NAMESPACE_NAME`, `K8S_POD_NAME` and `K8S_POD_UID` are
      `k8s.namespace.name`, `k8s.pod.name` and `k8s.pod.uid` of the agent's own resource alone.

      ## Access log

      One log record per connection, at its end; `--log-events` selects further events. Severity is WARN (13) if there is an
      `error.type`. The time of a log record is that of the event, its observed time that of the reading from the kernel. The
      body is a line for people; `--log-body kmesh` makes it the line of Kmesh's access log, with the smoothed round-trip time in
      microseconds and empty names. `--log-attributes +NAME` adds an attribute that is marked opt-in, `-NAME` leaves any out.

      Log records of ends have `trace_id` and `span_id`, those of starts and updates with `--pair-key-file` only; `--pair-ids off` leaves
      them out. Both ends of a connection have one trace id ([pairing.md](pairing.md)). `--log-one-in` and `--log-rate` leave
      log records out ([thinning.md](thinning.md)).

      | event | severity | when |
      |---|---|---|
      %s

      | attribute | type, unit | present | meaning |
      |---|---|---|---|
      """;

  private static final String SPANS =
      """

      ## Spans

      With `--signals logs,metrics,traces` one span per connection, at its end, also of a failed connect. Its name is `tcp connection`
      and the server's port, its kind client or server, or internal and without the port if the role is unknown. It begins and ends with
      the connection. The status is an error if there is an `error.type`, else unset. The server's span is a child of the client's, whose
      ids follow from what both ends know ([pairing.md](pairing.md)); its flags say that the parent is remote. Of spans that stand for
      others the trace state has the threshold, `ot=th:` ([thinning.md](thinning.md)).

      The attributes are those of the end's log record, with the same meaning and as `--log-attributes` says, opt-in ones in
      parentheses: %s.

      Further ones are `server.address` if the role is known, the server's end of the two addresses, and `peer.service` beside
      `service.peer.name`, whose former name it is. There is no duration, since the span has it.
      """;

  private static final String METRICS =
      """

      ## Metrics

      Cumulative, every 60 s (`OTEL_METRIC_EXPORT_INTERVAL`, in ms). `server.port` is left out if the role is
      unknown. With agents at both ends, or both ends on one host, every connection is counted twice: choose one
      `tcpotel.connection.role`. At most 2,000 series, by workload, role, port and peer, are kept apart
      (`OTEL_JAVA_METRICS_CARDINALITY_LIMIT`): at most an eighth of them for ports that were never established, and half for ports with
      one connection. The others are counted under `otel.metric.overflow`, exactly, by every metric. A quarter of the places
      is for the ports that `--server-ports` names, if it does: they are in the overflow only where more workloads and peers have series of
      them than there are places. A series ends 15 minutes after its last
      change, unless a connection of it is open or its last value waits for a collector that is away; when it comes back, it has a new
      start time. Histograms have no minimum and maximum.

      `tcpotel.rtt` observes connections while they live, at each `--report-interval`: one that has had data acknowledged since its last
      report, or its handshake, counts once, and each end counts once more. A connection whose SYN or SYN-ACK was sent again began with a
      wrong sample: it counts in reports from 16 MiB of acknowledged payload on, and not at its end, nor in `tcpotel.min_rtt`.
      `tcpotel.handshake.duration` counts with the first report that has totals: an update or the end.

      `tcpotel.connection.duration` and `tcpotel.rtt` have exemplars: of each bucket the slowest connection and the last that ended with
      an error since the last collection, with `tcpotel.connection.id` and, where its log record has them, its trace id and span id. The
      time of an exemplar is that of the log record. With exponential histograms, the boundaries below choose all the same. There are MOST
      exemplars at most; values beyond them, and connections that the kernel has added up, have none. `OTEL_METRICS_EXEMPLAR_FILTER=always_off`
      leaves them out; `trace_based` and `always_on` both mean these.

      With cumulative temporality a counter or a histogram begins with a point of value 0, half way between the last collection and its
      first: `increase()` of Prometheus sees the first burst. It comes once for each series, as one data point more, and again as long as no
      collection arrives. Of the metrics about the program itself, counters do. `--zero-first=false` leaves it out where Prometheus runs with `--enable-feature=created-timestamp-zero-ingestion`,
      which reads the start times.

      Accept queues are as of the last walk (`--report-interval`), of all listeners of a port; a listener that it has not found is gone.

      | metric | instrument | unit | attributes | meaning |
      |---|---|---|---|---|
      """;

  private static final String BY_PAIR =
      """

      `service.peer.name` and `service.peer.namespace` are those of log records: of the names file, else the service of a peer on this
      host. They are absent where no name is known, and of connections that the kernel has added up. `--metrics-by port` leaves them out.
      A name that changes while a connection is open is told from the old one: each report counts under the name as of its time.
      Metrics of open connections have no peer, since such a change would leave them with a connection that never ends.

      `--metrics-by address-pair` adds `network.local.address` and `network.peer.address` to %s, and
      `--metrics-by address-prefix:/24,/48` adds `network.peer.address.prefix` (`10.1.2.0/24`, `2001:db8:1::/48`), for the 1,000 series,
      by addresses or prefix, peer, role and port, with the most connections and payload; all others are counted without addresses under
      `otel.metric.overflow`. With it, 500 ports have series of their own in the other metrics, and 500 in the overflow.

      ## Boundaries of the histograms

      """;

  private static final String SELF =
      """

      ## Metrics about this program

      Under the scope `%s`, exported like the others. Each item is counted once in the `otel.sdk.*` counters, after its last
      attempt; `tcpotel.export.retries` counts the attempts in between. Their `error.type` is `rejected` for items that the
      collector rejected one by one, else the name of the gRPC code. These equations hold when nothing is under way:

      - `tcpotel.connection.seen` {`put`} = `tcpotel.ringbuf.records`, per `tcpotel.record.type`
      - `tcpotel.ringbuf.records` = `tcpotel.record.processed`, over all `error.type`
      - `otel.sdk.log.created` = `otel.sdk.processor.log.processed`, over all `error.type` + `otel.sdk.processor.log.queue.size`,
        while nothing is in the spool
      - `otel.sdk.processor.log.processed` (no `error.type`) = `otel.sdk.exporter.log.exported`, over all `error.type` +
        `otel.sdk.exporter.log.inflight`

      | metric | instrument | unit | attributes | meaning |
      |---|---|---|---|---|
      """;

  private static String code(String text) {
    return "`" + text + "`";
  }

  private static String events() {
    StringBuilder rows = new StringBuilder();
    for (LogEvent row : LogEvent.values()) {
      append(
          rows,
          code(row.key()),
          row.severityNumber() == 9 ? "INFO (9)" : "DEBUG (5)",
          row.description());
    }
    return rows.toString();
  }

  private static String page() {
    StringBuilder page = new StringBuilder();
    page.append(String.format(HEAD, Scope.CONNECTIONS, Scope.SCHEMA_URL, events()));
    for (LogAttribute row : LogAttribute.values()) {
      AttributeMeanings.Meaning meaning = AttributeMeanings.of(row);
      String present = row.isOptIn() ? "opt-in, " + meaning.present() : meaning.present();
      append(page, code(row.key()), row.type(), present, meaning.description());
    }
    page.append("\n### `error.type`\n\n| value | meaning |\n|---|---|\n");
    for (ErrorType row : ErrorType.values()) {
      append(page, code(row.value()), row.meaning());
    }
    page.append(String.format(SPANS, spanAttributes()));
    page.append(METRICS.replace("MOST", "%,d".formatted(Exemplars.MOST)));
    for (Instrument row : Instrument.values()) {
      append(
          page,
          code(row.key()),
          kind(row.kind()),
          code(row.unit()),
          codes(row.attributes()),
          row.description());
    }
    Set<String> withAddresses = withAddresses();
    String byPair =
        List.of(Instrument.values()).stream()
            .filter(row -> withAddresses.contains(row.key()))
            .map(row -> code(row.key()))
            .collect(Collectors.joining(", "));
    page.append(String.format(BY_PAIR, byPair));
    for (Instrument row : Instrument.values()) {
      if (!row.boundaries().isEmpty()) {
        page.append("- ")
            .append(code(row.key()))
            .append(": ")
            .append(row.boundaries())
            .append('\n');
      }
    }
    appendSelf(page);
    return page.toString();
  }

  /** A span is of an end, which has no state. */
  private static String spanAttributes() {
    return SpanEncoder.selected(EnumSet.allOf(LogAttribute.class)).stream()
        .filter(row -> row != LogAttribute.NETWORK_CONNECTION_STATE)
        .map(row -> row.isOptIn() ? "(" + code(row.key()) + ")" : code(row.key()))
        .collect(Collectors.joining(", "));
  }

  /** Those that are listed are those that a span can have: all of them, if it has everything. */
  @Test
  void theAttributesOfSpansAreThoseOfTheRegistry() throws IOException {
    String registry = Files.readString(SPANS_OF_REGISTRY);
    Set<String> referred =
        Pattern.compile("- ref: (\\S+)")
            .matcher(registry)
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toSet());
    Set<String> listed =
        Pattern.compile("`([^`]+)`")
            .matcher(spanAttributes())
            .results()
            .map(found -> found.group(1))
            .collect(Collectors.toSet());
    listed.addAll(Set.of("server.address", "peer.service"));
    assertThat(listed).isEqualTo(referred);
  }

  /** The metrics that are sent with the addresses of a pair. */
  private static Set<String> withAddresses() {
    CollectedMetrics collected = new CollectedMetrics(true);
    collected.record(RecordImage.close().openReported(false).reportedSegments(0, 0));
    return collected.collect().stream()
        .filter(
            metric ->
                metric.getData().getPoints().stream().anyMatch(TelemetryReferenceTest::hasPeer))
        .map(MetricData::getName)
        .collect(Collectors.toSet());
  }

  private static boolean hasPeer(PointData point) {
    return point.getAttributes().asMap().keySet().stream()
        .anyMatch(key -> key.getKey().equals("network.peer.address"));
  }

  private static void appendSelf(StringBuilder page) {
    page.append(String.format(SELF, Scope.SELF));
    for (SelfInstrument row : SelfInstrument.values()) {
      append(
          page,
          code(row.key()),
          kind(row.kind()),
          code(row.unit()),
          codes(row.attributes()),
          row.description());
    }
    page.append("\nBoundaries of its histograms: ")
        .append(SelfInstrument.RECORD_DELAY.boundaries())
        .append(".\n");
  }

  private static String codes(List<String> texts) {
    return texts.stream().map(TelemetryReferenceTest::code).collect(Collectors.joining(", "));
  }

  private static String kind(Instrument.Kind kind) {
    return kind.name().toLowerCase(java.util.Locale.ROOT).replace('_', ' ');
  }

  private static void append(StringBuilder page, String... cells) {
    page.append("| ").append(String.join(" | ", cells)).append(" |\n");
  }

  @Test
  void thePageSaysWhatTheTablesSay() throws IOException {
    if (System.getProperty("golden.update") != null) {
      Files.writeString(PAGE, page());
      fail("written anew: " + PAGE);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(page());
  }
}
