// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The attribute sets of all connections that share role, server port and, if asked for, addresses.
 * The SDK finds a series by the identity of its attribute set in tens of nanoseconds, a new set
 * costs ten times that: so they are made once.
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
  final Attributes transmit;
  final Attributes receive;
  private final Attributes[] byError = new Attributes[ErrorType.values().length];

  /** Established connections now; written by the reader, read by the collection. */
  final AtomicLong active = new AtomicLong();

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
}
