// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;

/** The attribute sets of a series. */
final class SeriesAttributes {
  static final AttributeKey<String> ROLE = AttributeKey.stringKey("tcpotel.connection.role");
  static final AttributeKey<Long> SERVER_PORT = AttributeKey.longKey("server.port");
  static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  static final AttributeKey<String> IO_DIRECTION = AttributeKey.stringKey("network.io.direction");
  static final AttributeKey<String> LIMITED_BY = AttributeKey.stringKey("tcpotel.limited_by");
  static final AttributeKey<Boolean> OVERFLOW = AttributeKey.booleanKey("otel.metric.overflow");

  final Attributes plain;
  final Attributes transmit;
  final Attributes receive;
  private final Attributes[] byError = new Attributes[ErrorType.values().length];

  SeriesAttributes(Attributes plain) {
    this.plain = plain;
    this.transmit = plain.toBuilder().put(IO_DIRECTION, "transmit").build();
    this.receive = plain.toBuilder().put(IO_DIRECTION, "receive").build();
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
