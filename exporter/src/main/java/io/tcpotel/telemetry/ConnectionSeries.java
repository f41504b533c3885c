// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * All connections that share role, server port and, if asked for, addresses: what was counted, and
 * the attribute sets. The SDK finds a series by the identity of its attribute set in tens of
 * nanoseconds, a new set costs ten times that: so they are made once. And what is only added up is
 * added up here, in a nanosecond, and shown to the SDK when it collects. One thread counts; any may
 * observe.
 */
final class ConnectionSeries {
  static final AttributeKey<String> ROLE = AttributeKey.stringKey("tcpotel.connection.role");
  static final AttributeKey<Long> SERVER_PORT = AttributeKey.longKey("server.port");
  static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  static final AttributeKey<String> IO_DIRECTION = AttributeKey.stringKey("network.io.direction");
  static final AttributeKey<String> LOCAL_ADDRESS = AttributeKey.stringKey("network.local.address");
  static final AttributeKey<String> PEER_ADDRESS = AttributeKey.stringKey("network.peer.address");
  static final AttributeKey<Boolean> OVERFLOW = AttributeKey.booleanKey("otel.metric.overflow");

  final Attributes plain;
  private final Attributes transmit;
  private final Attributes receive;
  private final Attributes[] byError = new Attributes[ErrorType.values().length];

  private final AtomicLong active = new AtomicLong();
  private final AtomicLong established = new AtomicLong();
  private final AtomicLongArray failed = new AtomicLongArray(ErrorType.values().length);
  private final AtomicLong sentBytes = new AtomicLong();
  private final AtomicLong receivedBytes = new AtomicLong();
  private final AtomicLong segsOut = new AtomicLong();
  private final AtomicLong segsIn = new AtomicLong();
  private final AtomicLong totalRetrans = new AtomicLong();

  /** Whether a connection of it was ever established; the reader's thread alone. */
  private boolean proven;

  /** Whether a report with totals has come; series of zero are not shown before. */
  private volatile boolean hasBytes;

  private volatile boolean hasSegments;

  ConnectionSeries(Attributes plain) {
    this.plain = plain;
    this.transmit = plain.toBuilder().put(IO_DIRECTION, "transmit").build();
    this.receive = plain.toBuilder().put(IO_DIRECTION, "receive").build();
  }

  /** The port as it stands in the metrics: 0 for absent, since it is ephemeral. */
  static int metricPort(int serverPort) {
    return serverPort <= ProbeAbi.TCP_PROBE_HIGHEST_SERVER_PORT() ? serverPort : 0;
  }

  /**
   * @param addresses what else tells the series apart; may be empty
   */
  static ConnectionSeries of(ConnectionRole role, int metricPort, Attributes addresses) {
    AttributesBuilder plain = addresses.toBuilder().put(ROLE, role.value());
    if (metricPort != 0) {
      plain.put(SERVER_PORT, (long) metricPort);
    }
    return new ConnectionSeries(plain.build());
  }

  /** {@code error} null: the set without error.type. Allocates only the first time. */
  Attributes ended(ErrorType error) {
    if (error == null) {
      return plain;
    }
    Attributes known = byError[error.ordinal()];
    if (known == null) {
      known = plain.toBuilder().put(ERROR_TYPE, error.value()).build();
      byError[error.ordinal()] = known;
    }
    return known;
  }

  /** A connection of it was established; whether that is new. */
  boolean prove() {
    boolean isNew = !proven;
    proven = true;
    return isNew;
  }

  private static void add(AtomicLong sum, long amount) {
    sum.setRelease(sum.getPlain() + amount);
  }

  void addActive(long connections) {
    add(active, connections);
  }

  void addEstablished(long connections) {
    add(established, connections);
  }

  void addFailed(ErrorType error, long connections) {
    failed.setRelease(error.ordinal(), failed.getPlain(error.ordinal()) + connections);
  }

  void addBytes(long sent, long received) {
    add(sentBytes, sent);
    add(receivedBytes, received);
    if (!hasBytes) {
      hasBytes = true;
    }
  }

  void addSegments(long out, long in, long retransmitted) {
    add(segsOut, out);
    add(segsIn, in);
    add(totalRetrans, retransmitted);
    if (!hasSegments) {
      hasSegments = true;
    }
  }

  long active() {
    return active.getAcquire();
  }

  void observeActive(ObservableLongMeasurement to) {
    to.record(active(), plain);
  }

  void observeAttempts(ObservableLongMeasurement to) {
    if (established.getAcquire() != 0) {
      to.record(established.getAcquire(), plain);
    }
    for (ErrorType error : ErrorType.values()) {
      long count = failed.getAcquire(error.ordinal());
      if (count != 0) {
        to.record(count, ended(error)); // a set that two threads make is made twice, and equal
      }
    }
  }

  void observeBytes(ObservableLongMeasurement to) {
    if (hasBytes) {
      to.record(sentBytes.getAcquire(), transmit);
      to.record(receivedBytes.getAcquire(), receive);
    }
  }

  void observeSegments(ObservableLongMeasurement to) {
    if (hasSegments) {
      to.record(segsOut.getAcquire(), transmit);
      to.record(segsIn.getAcquire(), receive);
    }
  }

  void observeRetransmits(ObservableLongMeasurement to) {
    if (hasSegments) {
      to.record(totalRetrans.getAcquire(), plain);
    }
  }
}
