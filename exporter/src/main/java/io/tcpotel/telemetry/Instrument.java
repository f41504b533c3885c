// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.FoldBuckets;
import java.util.ArrayList;
import java.util.List;

/** The metrics about connections: names, units, boundaries. */
public enum Instrument {
  CONNECTION_ATTEMPTS(
      "tcpotel.connection.attempts",
      Kind.COUNTER,
      "{connection}",
      "TCP connections that were established (no error.type) or failed to be",
      List.of()),
  CONNECTION_ACTIVE(
      "tcpotel.connection.active",
      Kind.UP_DOWN_COUNTER,
      "{connection}",
      "Established TCP connections",
      List.of()),
  CONNECTION_DURATION(
      "tcpotel.connection.duration",
      Kind.HISTOGRAM,
      "s",
      "Lifetime of established TCP connections, recorded at their end",
      List.of(
          0.0005, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0,
          60.0, 120.0, 300.0, 900.0, 3600.0, 21600.0)),
  IO(
      "tcpotel.io",
      Kind.COUNTER,
      "By",
      "TCP payload acknowledged by the peer (transmit) or received in order (receive)",
      List.of()),
  SEGMENTS(
      "tcpotel.segments", Kind.COUNTER, "{segment}", "TCP segments, pure ACKs included", List.of()),
  RETRANSMITS(
      "tcpotel.retransmits", Kind.COUNTER, "{segment}", "TCP segments sent again", List.of()),
  LOST(
      "tcpotel.lost",
      Kind.COUNTER,
      "{segment}",
      "TCP segments that the sender took for lost",
      List.of()),
  RTT(
      "tcpotel.rtt",
      Kind.HISTOGRAM,
      "s",
      "Smoothed round-trip time: one observation per TCP connection and report interval in which it"
          + " has new samples, and one at its end, as of the first FIN",
      Buckets.ROUND_TRIP),
  MIN_RTT(
      "tcpotel.min_rtt",
      Kind.HISTOGRAM,
      "s",
      "Lowest round-trip time of the last 5 minutes of a TCP connection, recorded at its end, as of"
          + " the first FIN",
      Buckets.ROUND_TRIP),
  HANDSHAKE_DURATION(
      "tcpotel.handshake.duration",
      Kind.HISTOGRAM,
      "s",
      "Time of clients from connect() to the established TCP connection, or to its failure",
      List.of(
          0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0,
          3.0, 7.0, 15.0, 31.0, 63.0)),
  CONNECTION_LIMITED(
      "tcpotel.connection.limited",
      Kind.COUNTER,
      "s",
      "Time in which TCP connections waited for the network, the receiver or the send buffer",
      List.of()),
  STALL_TIME(
      "tcpotel.stall.time",
      Kind.COUNTER,
      "s",
      "Time from timeouts of TCP connections to their recovery, from Linux 6.7 on",
      List.of()),
  TIMEOUTS(
      "tcpotel.timeouts",
      Kind.COUNTER,
      "{timeout}",
      "Retransmission timeouts of established TCP connections, from Linux 6.7 on",
      List.of()),
  SPURIOUS_RETRANSMITS(
      "tcpotel.spurious_retransmits",
      Kind.COUNTER,
      "{segment}",
      "TCP segments that the peer got twice",
      List.of()),
  OUT_OF_ORDER_SEGMENTS(
      "tcpotel.out_of_order_segments",
      Kind.COUNTER,
      "{segment}",
      "TCP segments received before an earlier one",
      List.of()),
  CONNECTION_STALLED(
      "tcpotel.connection.stalled",
      Kind.UP_DOWN_COUNTER,
      "{connection}",
      "Open TCP connections whose last timeout has brought no answer yet, as of their last report",
      List.of()),
  CONNECTION_NOT_ACCEPTED(
      "tcpotel.connection.not_accepted",
      Kind.UP_DOWN_COUNTER,
      "{connection}",
      "Open TCP connections that wait for accept(), as of their last report",
      List.of()),
  ACCEPT_QUEUE_USAGE(
      "tcpotel.accept_queue.usage",
      Kind.UP_DOWN_COUNTER,
      "{connection}",
      "Established TCP connections that wait for accept(), of all listeners of the port",
      List.of()),
  ACCEPT_QUEUE_LIMIT(
      "tcpotel.accept_queue.limit",
      Kind.UP_DOWN_COUNTER,
      "{connection}",
      "As many may wait: the backlog of listen(), at most net.core.somaxconn",
      List.of()),
  ACCEPT_QUEUE_DROPS(
      "tcpotel.accept_queue.drops",
      Kind.COUNTER,
      "{connection}",
      "Times that a TCP connection found the queue full, since the listener was first seen",
      List.of());

  /** What the SDK makes of it. */
  public enum Kind {
    COUNTER,
    UP_DOWN_COUNTER,
    GAUGE,
    HISTOGRAM
  }

  /** Those that two instruments share. */
  private static final class Buckets {
    private static final List<Double> ROUND_TRIP =
        List.of(
            0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
            0.5, 1.0);
  }

  private final String key;
  private final Kind kind;
  private final String unit;
  private final String description;
  private final List<Double> boundaries;

  Instrument(String key, Kind kind, String unit, String description, List<Double> boundaries) {
    this.key = key;
    this.kind = kind;
    this.unit = unit;
    this.description = description;
    this.boundaries = boundaries;
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

  /** Whether its sums are kept in milliseconds, and shown in seconds. */
  boolean isTime() {
    return this == CONNECTION_LIMITED || this == STALL_TIME;
  }

  /** The attributes that its series have where addresses are told apart: of a pair, or a prefix. */
  public List<String> addressAttributes() {
    return attributes().contains(SeriesPeers.NAME.getKey())
        ? List.of(
            KeyAttributes.LOCAL_ADDRESS.getKey(),
            KeyAttributes.PEER_ADDRESS.getKey(),
            MetricAttribute.PEER_PREFIX.key().getKey())
        : List.of();
  }

  /** The attributes that its series can have. */
  public List<String> attributes() {
    List<String> common = List.of("tcpotel.connection.role", "server.port");
    List<String> paired = with(with(common, "service.peer.name"), "service.peer.namespace");
    return switch (this) {
      case CONNECTION_ATTEMPTS, CONNECTION_DURATION, HANDSHAKE_DURATION ->
          with(paired, "error.type");
      case IO -> with(paired, "network.io.direction");
      case RETRANSMITS, RTT, MIN_RTT -> paired;
      case SEGMENTS -> with(common, "network.io.direction");
      case ACCEPT_QUEUE_USAGE, ACCEPT_QUEUE_LIMIT, ACCEPT_QUEUE_DROPS -> List.of("server.port");
      case CONNECTION_LIMITED -> with(common, "tcpotel.limited_by");
      default -> common;
    };
  }

  private static List<String> with(List<String> common, String other) {
    List<String> all = new ArrayList<>(common);
    all.add(other);
    return all;
  }

  /** Upper bounds of a histogram's buckets, inclusive; empty for others. */
  public List<Double> boundaries() {
    return boundaries;
  }

  /** The histograms' buckets, for the kernel. */
  public static FoldBuckets foldBuckets() {
    return new FoldBuckets(
        CONNECTION_DURATION.boundsNs(), RTT.boundsNs(), HANDSHAKE_DURATION.boundsNs());
  }

  private List<Long> boundsNs() {
    return boundaries.stream().map(bound -> Math.round(bound * 1e9)).toList();
  }
}
