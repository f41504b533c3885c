// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.telemetry.Instrument.Kind;
import java.util.List;

/**
 * The metrics about this program: names, units, attributes. {@code otel.sdk.*} as OpenTelemetry's
 * semantic conventions have them, counted as they demand: each item once, after its last attempt.
 */
public enum SelfInstrument {
  RINGBUF_RECORDS(
      "tcpotel.ringbuf.records",
      Kind.COUNTER,
      "{record}",
      "Records read from the kernel's ring",
      "tcpotel.record.type"),
  RINGBUF_DROPPED(
      "tcpotel.ringbuf.dropped",
      Kind.COUNTER,
      "{record}",
      "Reports that found no room in the kernel's ring",
      "tcpotel.record.type"),
  RINGBUF_USAGE(
      "tcpotel.ringbuf.usage", Kind.UP_DOWN_COUNTER, "By", "Bytes waiting in the kernel's ring"),
  RINGBUF_LIMIT("tcpotel.ringbuf.limit", Kind.UP_DOWN_COUNTER, "By", "Size of the kernel's ring"),
  RECORD_PROCESSED(
      "tcpotel.record.processed",
      Kind.COUNTER,
      "{record}",
      "Records read from the ring; error.type names what is wrong with one: truncated and"
          + " unknown_type are not understood, backwards counts with a difference of 0",
      "error.type"),
  RECORD_DELAY(
      "tcpotel.record.delay",
      Kind.HISTOGRAM,
      "s",
      "Time from a connection's end until its record is read, of the first record of each drain"),
  RECORD_AGE(
      "tcpotel.record.age",
      Kind.GAUGE,
      "s",
      "Time since the reader last found a record in the ring, or since its start"),
  ATTACH_ACTIVE(
      "tcpotel.bpf.attach.active",
      Kind.UP_DOWN_COUNTER,
      "{program}",
      "1 while the program is attached; 0 while the watched cgroup is gone, and nothing is seen",
      "tcpotel.bpf.program.name"),
  SCOPE_PRESENT(
      "tcpotel.scope.present",
      Kind.UP_DOWN_COUNTER,
      "{cgroup}",
      "1 while the watched cgroup's directory exists"),
  PROGRAM_RUNS(
      "tcpotel.bpf.program.runs",
      Kind.COUNTER,
      "{run}",
      "Runs of a kernel program while kernel.bpf_stats_enabled is 1; absent before the first",
      "tcpotel.bpf.program.name"),
  PROGRAM_RUN_TIME(
      "tcpotel.bpf.program.run.time",
      Kind.COUNTER,
      "s",
      "Time of these runs, on all CPUs together",
      "tcpotel.bpf.program.name"),
  CONNECTION_SEEN(
      "tcpotel.connection.seen",
      Kind.COUNTER,
      "{record}",
      "Reports in the kernel, by outcome",
      "tcpotel.record.type",
      "tcpotel.outcome"),
  CONNECTION_ADOPTED(
      "tcpotel.connection.adopted",
      Kind.COUNTER,
      "{connection}",
      "Connections older than the program, found at its start"),
  CONNECTION_ADOPTED_CLOSED(
      "tcpotel.connection.adopted.closed",
      Kind.COUNTER,
      "{connection}",
      "Connections older than the program that have ended"),
  CONNECTION_UNKNOWN(
      "tcpotel.connection.unknown",
      Kind.COUNTER,
      "{connection}",
      "Closes of connections whose beginning was not seen; counted nowhere else"),
  CONNECTION_BACKWARDS(
      "tcpotel.connection.backwards",
      Kind.COUNTER,
      "{connection}",
      "Ends with a total below the one reported before: an error, whose difference counts as 0"),
  CGROUP_UNNAMED(
      "tcpotel.cgroup.unnamed",
      Kind.COUNTER,
      "{cgroup}",
      "Cgroups for whose name there was no room: their connections are the agent's; 16,384 have"
          + " room"),
  SERIES_USAGE(
      "tcpotel.metric.stream.usage",
      Kind.UP_DOWN_COUNTER,
      "{series}",
      "Number of series: pairs of role and port"),
  SERIES_LIMIT(
      "tcpotel.metric.stream.limit", Kind.UP_DOWN_COUNTER, "{series}", "Maximum number of series"),
  SERIES_OVERFLOWED(
      "tcpotel.metric.stream.folded",
      Kind.COUNTER,
      "{measurement}",
      "Opens and ends of connections that were counted under otel.metric.overflow"),
  LISTENERS_LEFT_OUT(
      "tcpotel.listener.dropped",
      Kind.COUNTER,
      "{record}",
      "Reports of listeners for which there was no room: 4,096 are known at a time"),
  CLOCK_OFFSET_CHANGE(
      "tcpotel.clock.offset.change",
      Kind.COUNTER,
      "s",
      "Steps of the wall clock against the kernel's clock, as a sum of absolute values"),
  LOG_CREATED("otel.sdk.log.created", Kind.COUNTER, "{log_record}", "Log records to be sent"),
  LOG_LEFT_OUT(
      "tcpotel.log.left_out",
      Kind.COUNTER,
      "{log_record}",
      "Log records and spans left out on purpose: one_in, rate (others stand for them),"
          + " rate_used_up, kept_above_rate (none does)",
      "tcpotel.reason"),
  LOG_QUEUE_SIZE(DeliveryInstrument.QUEUE_SIZE, DeliveryInstrument.Item.LOG),
  LOG_QUEUE_CAPACITY(DeliveryInstrument.QUEUE_CAPACITY, DeliveryInstrument.Item.LOG),
  LOG_PROCESSED(DeliveryInstrument.PROCESSED, DeliveryInstrument.Item.LOG),
  LOG_INFLIGHT(DeliveryInstrument.INFLIGHT, DeliveryInstrument.Item.LOG),
  LOG_EXPORTED(DeliveryInstrument.EXPORTED, DeliveryInstrument.Item.LOG),
  SPAN_STARTED("otel.sdk.span.started", Kind.COUNTER, "{span}", "Spans to be sent"),
  SPAN_QUEUE_SIZE(DeliveryInstrument.QUEUE_SIZE, DeliveryInstrument.Item.SPAN),
  SPAN_QUEUE_CAPACITY(DeliveryInstrument.QUEUE_CAPACITY, DeliveryInstrument.Item.SPAN),
  SPAN_PROCESSED(DeliveryInstrument.PROCESSED, DeliveryInstrument.Item.SPAN),
  SPAN_INFLIGHT(DeliveryInstrument.INFLIGHT, DeliveryInstrument.Item.SPAN),
  SPAN_EXPORTED(DeliveryInstrument.EXPORTED, DeliveryInstrument.Item.SPAN),
  POINT_INFLIGHT(
      "otel.sdk.exporter.metric_data_point.inflight",
      Kind.UP_DOWN_COUNTER,
      "{data_point}",
      "Data points in requests without an answer",
      "otel.component.type",
      "otel.component.name",
      "server.address",
      "server.port"),
  POINT_EXPORTED(
      "otel.sdk.exporter.metric_data_point.exported",
      Kind.COUNTER,
      "{data_point}",
      "Data points that were accepted (no error.type), rejected, or refused with a gRPC code",
      "otel.component.type",
      "otel.component.name",
      "server.address",
      "server.port",
      "error.type"),
  EXPORT_DURATION(
      "otel.sdk.exporter.operation.duration",
      Kind.HISTOGRAM,
      "s",
      "Duration of a request, with all its attempts",
      "otel.component.type",
      "otel.component.name",
      "server.address",
      "server.port",
      "rpc.response.status_code",
      "error.type"),
  COLLECTION_DURATION(
      "otel.sdk.metric_reader.collection.duration",
      Kind.HISTOGRAM,
      "s",
      "Duration of a collection of the metrics, without its export",
      "otel.component.type",
      "otel.component.name"),
  EXPORT_RETRIES(
      "tcpotel.export.retries",
      Kind.COUNTER,
      "{retry}",
      "Attempts beyond a request's first, by the gRPC code that they followed",
      "otel.component.type",
      "error.type"),
  SPOOL_USAGE(
      "tcpotel.export.spool.usage", Kind.UP_DOWN_COUNTER, "By", "Size of the spool's files"),
  SPOOL_LIMIT(
      "tcpotel.export.spool.limit",
      Kind.UP_DOWN_COUNTER,
      "By",
      "Maximum size of the spool's files"),
  SPOOL_CORRUPT(
      "tcpotel.export.spool.corrupt",
      Kind.COUNTER,
      "{record}",
      "Records of an earlier run that were found damaged, or of another version");

  private final String key;
  private final Kind kind;
  private final String unit;
  private final String description;
  private final List<String> attributes;

  SelfInstrument(String key, Kind kind, String unit, String description, String... attributes) {
    this.key = key;
    this.kind = kind;
    this.unit = unit;
    this.description = description;
    this.attributes = List.of(attributes);
  }

  /** One of those of a delivery. */
  SelfInstrument(DeliveryInstrument instrument, DeliveryInstrument.Item item) {
    this.key = instrument.key(item);
    this.kind = instrument.kind;
    this.unit = item.unit;
    this.description = instrument.description(item);
    this.attributes = instrument.attributes;
  }

  public String key() {
    return key;
  }

  public Kind kind() {
    return kind;
  }

  public String unit() {
    return unit;
  }

  public String description() {
    return description;
  }

  /** The attributes that its series can have. */
  public List<String> attributes() {
    return attributes;
  }

  /** Upper bounds of a histogram's buckets, inclusive; empty for others. */
  public List<Double> boundaries() {
    return kind == Kind.HISTOGRAM
        ? List.of(0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)
        : List.of();
  }
}
