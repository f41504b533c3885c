// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.tcpotel.Release;
import io.tcpotel.pipeline.Equation;
import io.tcpotel.sink.Ink;
import io.tcpotel.sink.LineOutput;
import io.tcpotel.sink.RequestHandler;
import io.tcpotel.telemetry.Instrument;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The demo's page, drawn only from the data that its collector receives: connections as they end,
 * then the last metrics and the traces. The sums come from both sides.
 */
public final class DemoPage implements RequestHandler {
  private static final long MS_PER_S = 1000;

  /** The traffic has one of each limit. */
  private static final List<String> OF_A_LINE =
      List.of(
          "  workload a container by its id, or a service by its name; nothing for the rest",
          "  limit    application: nothing to send; receiver: the peer reads late; network:",
          "           acknowledgements come late; send_buffer: too small for the path");

  private final LineOutput out;
  private final PageStyle style;
  private final String endpointOption;
  private final ArrivedMetrics metrics = new ArrivedMetrics();
  private final ArrivedTraces traces = new ArrivedTraces();
  private final LineBudget budget = new LineBudget();
  private final LongAdder connections = new LongAdder();
  private volatile long beginNs;

  /**
   * @param endpointOption names the collector on the command line
   */
  public DemoPage(LineOutput out, PageStyle style, String endpointOption) {
    this.out = out;
    this.endpointOption = endpointOption;
    this.style = style;
  }

  /**
   * Says what is going to happen. Times count from {@code epochNs}.
   *
   * @param scope what is watched, for people
   */
  public void begin(String scope, DemoTraffic traffic, Duration limit, long epochNs) {
    Stream<String> about =
        Stream.of(
            "  watched  " + style.shortened(scope, style.columns() - 11),
            "  traffic  port %d answers; port %d refuses; port %d accepts late:"
                .formatted(traffic.openPort(), traffic.closedPort(), traffic.latePort()),
            "           two wait there, and the SYN of a third is dropped (canceled/connect)",
            "  yours    curl, ssh, a browser: what is watched and connects shows up too");
    begin(epochNs, about, limit);
  }

  /** Says that {@code records} are going to be replayed, likewise. */
  public void beginRecorded(int records, Duration limit, long epochNs) {
    String shown = "  shown    %d records of a loopback and of two hosts 5 ms apart, as if now";
    begin(epochNs, Stream.of(shown.formatted(records)), limit);
  }

  private static String end(Duration limit) {
    long ms = limit.toMillis();
    String time = ms % MS_PER_S == 0 ? ms / MS_PER_S + " s" : ms + " ms";
    return "  end      counters, histograms and sums after " + time + ", or now: Ctrl-C";
  }

  private void begin(long epochNs, Stream<String> about, Duration limit) {
    beginNs = epochNs;
    String title =
        style.ink(Ink.BOLD, Release.NAME + " demo")
            + ": TCP connections as they end, as a collector gets them";
    write(Stream.concat(Stream.of(title), about));
    write(Stream.concat(OF_A_LINE.stream(), Stream.of(end(limit))));
    write(Stream.of("", ConnectionLine.header(style)));
  }

  @Override
  public void onLogs(ExportLogsServiceRequest request) {
    List<ConnectionLine> ends =
        request.getResourceLogsList().stream()
            .flatMap(this::connectionLines)
            .sorted(Comparator.comparingDouble(ConnectionLine::atSecond))
            .toList();
    connections.add(ends.size());
    synchronized (budget) { // also keeps the lines of two requests apart
      write(ends.stream().flatMap(this::lines));
    }
  }

  private Stream<ConnectionLine> connectionLines(ResourceLogs of) {
    String workload = ShownWorkload.of(of.getResource());
    return of.getScopeLogsList().stream()
        .flatMap(scope -> scope.getLogRecordsList().stream())
        .map(record -> new ConnectionLine(record, workload, beginNs, style));
  }

  private Stream<String> lines(ConnectionLine line) {
    Stream<String> omitted = omitted(budget.begin(line.second()));
    return budget.admits(line.kind()) ? Stream.concat(omitted, Stream.of(line.text())) : omitted;
  }

  private Stream<String> omitted(long lines) {
    return lines == 0
        ? Stream.empty()
        : Stream.of(style.ink(Ink.DIM, "        and " + lines + " more, counted below"));
  }

  @Override
  public void onMetrics(ExportMetricsServiceRequest request) {
    metrics.take(request);
  }

  @Override
  public void onTraces(ExportTraceServiceRequest request) {
    traces.take(request);
  }

  /** Draws the account; {@code sums} are the exporter's own, and the arrivals are added. */
  public void end(List<Equation> sums, long exportedConnections, long exportedSpans) {
    synchronized (budget) {
      write(omitted(budget.end()));
    }
    if (connections.sum() == 0) {
      write(Stream.of("  none: no connection of what is watched has ended"));
    }
    write(Stream.concat(Stream.of(""), CounterTable.lines(metrics, style).stream()));
    write(histogram("Duration, both ends", Instrument.CONNECTION_DURATION));
    write(histogram("Round-trip time, both ends", Instrument.RTT));
    write(Stream.of("", traces.line(style), "", style.ink(Ink.BOLD, "Sums")));
    Stream.concat(sums.stream(), arrived(exportedConnections, exportedSpans))
        .forEach(sum -> write(EquationText.lines(sum, style.columns()).stream()));
    write(
        Stream.of(
            "",
            style.ink(Ink.BOLD, "Next"),
            "  tcpotel run %s http://localhost:4317   sends this to your collector"
                .formatted(endpointOption),
            "  tcpotel tail                                   shows connections only"));
  }

  private Stream<String> histogram(String title, Instrument instrument) {
    List<String> lines = metrics.histogram(instrument).lines(title, style);
    return Stream.concat(Stream.of(""), lines.stream());
  }

  /** The signals were sent apart and tell of the same connections. */
  private Stream<Equation> arrived(long exportedConnections, long exportedSpans) {
    var attempts = metrics.sums(Instrument.CONNECTION_ATTEMPTS, ArrivedMetrics.ERROR);
    long failed =
        attempts.values().stream()
            .flatMap(byError -> byError.entrySet().stream())
            .filter(error -> !error.getKey().isEmpty())
            .mapToLong(Map.Entry::getValue)
            .sum();
    return Stream.of(
        Equation.of("collector", "exported", exportedConnections)
            .part("arrived", connections.sum()),
        traces.equation(exportedSpans),
        Equation.of("metrics", "arrived", connections.sum())
            .part("ended", metrics.histogram(Instrument.CONNECTION_DURATION).count())
            .part("failed", failed));
  }

  private void write(Stream<String> lines) {
    String text = lines.map(line -> line + "\n").collect(Collectors.joining());
    if (!text.isEmpty()) {
      out.tryWrite(text);
    }
  }
}
