// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.List;

/** The instruments that log records and spans both have; names and texts differ in the item. */
enum DeliveryInstrument {
  QUEUE_SIZE(
      "processor.%s.queue.size",
      Instrument.Kind.UP_DOWN_COUNTER,
      "%s that wait in memory",
      List.of("otel.component.type", "otel.component.name")),
  QUEUE_CAPACITY(
      "processor.%s.queue.capacity",
      Instrument.Kind.UP_DOWN_COUNTER,
      "%s that can wait in memory, at most, besides those in requests",
      List.of("otel.component.type", "otel.component.name")),
  PROCESSED(
      "processor.%s.processed",
      Instrument.Kind.COUNTER,
      "%s handed to the exporter; error.type names why one was dropped: queue_full,"
          + " already_shutdown, spool_full, spool_failed",
      List.of("otel.component.type", "otel.component.name", "error.type")),
  INFLIGHT(
      "exporter.%s.inflight",
      Instrument.Kind.UP_DOWN_COUNTER,
      "%s in requests without an answer",
      List.of("otel.component.type", "otel.component.name", "server.address", "server.port")),
  EXPORTED(
      "exporter.%s.exported",
      Instrument.Kind.COUNTER,
      "%s that were accepted (no error.type), rejected, or refused with a gRPC code",
      List.of(
          "otel.component.type",
          "otel.component.name",
          "server.address",
          "server.port",
          "error.type"));

  private final String key;
  private final String description;
  final Instrument.Kind kind;
  final List<String> attributes;

  DeliveryInstrument(
      String key, Instrument.Kind kind, String description, List<String> attributes) {
    this.key = key;
    this.kind = kind;
    this.description = description;
    this.attributes = attributes;
  }

  /** The items that are delivered. */
  enum Item {
    LOG("log", "{log_record}", "Log records"),
    SPAN("span", "{span}", "Spans");

    private final String word;
    private final String plural;
    final String unit;

    Item(String word, String unit, String plural) {
      this.word = word;
      this.unit = unit;
      this.plural = plural;
    }
  }

  String key(Item item) {
    return "otel.sdk." + key.formatted(item.word);
  }

  String description(Item item) {
    return description.formatted(item.plural);
  }
}
