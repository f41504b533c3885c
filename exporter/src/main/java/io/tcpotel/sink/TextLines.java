// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.tcpotel.ForeignText;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Writes one line for people per log record, data point and span. The lines of a request stay
 * together.
 */
public final class TextLines implements RequestHandler {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);
  private static final int NS_PER_SECOND = 1_000_000_000;
  private static final int SEVERITIES_PER_LEVEL = 4;
  private static final String[] LEVELS = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"};
  private static final String ORDINARY = "INFO";

  private final LineOutput out;
  private final boolean coloured;

  public TextLines(LineOutput out, boolean coloured) {
    this.out = out;
    this.coloured = coloured;
  }

  @Override
  public void onLogs(ExportLogsServiceRequest request) {
    write(
        request.getResourceLogsList().stream()
            .flatMap(resource -> resource.getScopeLogsList().stream())
            .flatMap(scope -> scope.getLogRecordsList().stream())
            .map(this::line));
  }

  @Override
  public void onMetrics(ExportMetricsServiceRequest request) {
    write(
        request.getResourceMetricsList().stream()
            .flatMap(resource -> resource.getScopeMetricsList().stream())
            .flatMap(scope -> scope.getMetricsList().stream())
            .flatMap(DataPointText::of)
            .map(point -> ink(Ink.BOLD, point.name()) + point.attributes() + " " + point.value()));
  }

  @Override
  public void onTraces(ExportTraceServiceRequest request) {
    write(
        request.getResourceSpansList().stream()
            .flatMap(resource -> resource.getScopeSpansList().stream())
            .flatMap(scope -> scope.getSpansList().stream())
            .map(this::line));
  }

  private void write(Stream<String> lines) {
    String text = lines.map(line -> line + "\n").collect(Collectors.joining());
    if (!text.isEmpty()) {
      out.write(text);
    }
  }

  private String line(LogRecord record) {
    long timeNs =
        record.getTimeUnixNano() == 0 ? record.getObservedTimeUnixNano() : record.getTimeUnixNano();
    String body = ValueText.of(record.getBody());
    String said = body.isEmpty() ? ForeignText.escaped(record.getEventName()) : body;
    String level = level(record);
    String severity = level.isEmpty() || level.equals(ORDINARY) ? "" : severity(record, level);
    return ink(Ink.DIM, time(timeNs)) + " " + severity + said;
  }

  private String severity(LogRecord record, String level) {
    boolean isError = record.getSeverityNumberValue() > 4 * SEVERITIES_PER_LEVEL;
    boolean isWarning = record.getSeverityNumberValue() > 3 * SEVERITIES_PER_LEVEL;
    return ink(isError ? Ink.RED : isWarning ? Ink.YELLOW : Ink.DIM, level) + " ";
  }

  private static String level(LogRecord record) {
    int number = record.getSeverityNumberValue();
    boolean isKnown = number >= 1 && number <= LEVELS.length * SEVERITIES_PER_LEVEL;
    return isKnown
        ? LEVELS[(number - 1) / SEVERITIES_PER_LEVEL]
        : ForeignText.escaped(record.getSeverityText());
  }

  private String line(Span span) {
    long durationNs = span.getEndTimeUnixNano() - span.getStartTimeUnixNano();
    String name = ink(Ink.BOLD, ForeignText.escaped(span.getName()));
    return name + " " + duration(durationNs) + " " + status(span.getStatus());
  }

  private String status(Status status) {
    return switch (status.getCode()) {
      case STATUS_CODE_OK -> "ok";
      case STATUS_CODE_ERROR -> {
        String reason = ForeignText.escaped(status.getMessage());
        yield ink(Ink.RED, reason.isEmpty() ? "error" : "error: " + reason);
      }
      default -> "unset";
    };
  }

  private static String duration(long ns) {
    return ns < NS_PER_SECOND
        ? ValueText.number(ns / 1e6) + " ms"
        : ValueText.number(ns / 1e9) + " s";
  }

  private static String time(long unixNs) {
    long second = Long.divideUnsigned(unixNs, NS_PER_SECOND);
    return TIME.format(
        Instant.ofEpochSecond(second, Long.remainderUnsigned(unixNs, NS_PER_SECOND)));
  }

  private String ink(Ink ink, String text) {
    return coloured ? ink.paint(text) : text;
  }
}
