// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.IpAddress;
import io.tcpotel.record.LimitedBy;

/** The attribute sets of a series, made from its key when they are first shown. */
final class SeriesAttributes {
  static final AttributeKey<String> ROLE = AttributeKey.stringKey("tcpotel.connection.role");
  static final AttributeKey<Long> SERVER_PORT = AttributeKey.longKey("server.port");
  static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  static final AttributeKey<String> IO_DIRECTION = AttributeKey.stringKey("network.io.direction");
  static final AttributeKey<String> LIMITED_BY = AttributeKey.stringKey("tcpotel.limited_by");
  static final AttributeKey<String> LOCAL_ADDRESS = AttributeKey.stringKey("network.local.address");
  static final AttributeKey<String> PEER_ADDRESS = AttributeKey.stringKey("network.peer.address");
  static final AttributeKey<Boolean> OVERFLOW = AttributeKey.booleanKey("otel.metric.overflow");

  private static final ConnectionRole[] ROLES = ConnectionRole.values();

  final Attributes plain;
  final Attributes transmit;
  final Attributes receive;
  private final Attributes[] byError = new Attributes[ErrorType.values().length];

  SeriesAttributes(Attributes plain) {
    this.plain = plain;
    this.transmit = plain.toBuilder().put(IO_DIRECTION, "transmit").build();
    this.receive = plain.toBuilder().put(IO_DIRECTION, "receive").build();
  }

  /** The first word of a key; port 0 is left out. */
  static long word(SeriesOwner owner, ConnectionRole role, int metricPort) {
    return (long) owner.workload().number() << 32 | (long) role.ordinal() << 16 | metricPort;
  }

  /** The first word of the same key, but of another owner. */
  static long word(SeriesOwner owner, long[] key) {
    return word(owner, role(key), metricPort(key));
  }

  static ConnectionRole role(long[] key) {
    return ROLES[(int) key[0] >>> 16];
  }

  static int metricPort(long[] key) {
    return (int) key[0] & 0xffff;
  }

  /**
   * @param key role and port, and if there is more the local and the peer's address
   */
  static SeriesAttributes of(long[] key, boolean overflow) {
    AttributesBuilder plain = Attributes.builder().put(ROLE, role(key).value());
    if (metricPort(key) != 0) {
      plain.put(SERVER_PORT, (long) metricPort(key));
    }
    if (key.length > 1) {
      plain.put(LOCAL_ADDRESS, IpAddress.text(key[1], key[2]));
      plain.put(PEER_ADDRESS, IpAddress.text(key[3], key[4]));
    }
    if (overflow) {
      plain.put(OVERFLOW, true);
    }
    return new SeriesAttributes(plain.build());
  }

  /** Not kept: few series have a limit to show. */
  Attributes limited(LimitedBy cause) {
    return plain.toBuilder().put(LIMITED_BY, cause.value()).build();
  }

  /** {@code error} null: the set without error.type. */
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
