// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.common.AttributesBuilder;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.api.metrics.LongUpDownCounter;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.context.Context;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.Instrument;
import io.tcpotel.telemetry.Scope;

/** The same metrics by the SDK's API, as its users write them: attributes made for each record. */
final class SdkMetrics {
  private static final AttributeKey<String> ROLE =
      AttributeKey.stringKey("tcpotel.connection.role");
  private static final AttributeKey<Long> SERVER_PORT = AttributeKey.longKey("server.port");
  private static final AttributeKey<String> ERROR_TYPE = AttributeKey.stringKey("error.type");
  private static final AttributeKey<String> DIRECTION =
      AttributeKey.stringKey("network.io.direction");

  private final LongCounter attempts;
  private final LongUpDownCounter active;
  private final DoubleHistogram duration;
  private final LongCounter io;
  private final LongCounter segments;
  private final LongCounter retransmits;
  private final LongCounter lost;
  private final DoubleHistogram rtt;
  private final DoubleHistogram minRtt;
  private final DoubleHistogram handshake;

  SdkMetrics(MeterProvider provider) {
    Meter meter = provider.get(Scope.CONNECTIONS);
    attempts = counter(meter, Instrument.CONNECTION_ATTEMPTS);
    active =
        meter
            .upDownCounterBuilder(Instrument.CONNECTION_ACTIVE.key())
            .setUnit(Instrument.CONNECTION_ACTIVE.unit())
            .build();
    duration = histogram(meter, Instrument.CONNECTION_DURATION);
    io = counter(meter, Instrument.IO);
    segments = counter(meter, Instrument.SEGMENTS);
    retransmits = counter(meter, Instrument.RETRANSMITS);
    lost = counter(meter, Instrument.LOST);
    rtt = histogram(meter, Instrument.RTT);
    minRtt = histogram(meter, Instrument.MIN_RTT);
    handshake = histogram(meter, Instrument.HANDSHAKE_DURATION);
  }

  private static LongCounter counter(Meter meter, Instrument instrument) {
    return meter.counterBuilder(instrument.key()).setUnit(instrument.unit()).build();
  }

  private static DoubleHistogram histogram(Meter meter, Instrument instrument) {
    return meter
        .histogramBuilder(instrument.key())
        .setUnit(instrument.unit())
        .setExplicitBucketBoundariesAdvice(instrument.boundaries())
        .build();
  }

  /** Takes the handshake of a connection. */
  void recordOpen(ConnectionRecord open) {
    Attributes plain = plain(open);
    attempts.add(1, plain);
    active.add(1, plain);
  }

  /**
   * Takes the end of a connection, or a connect that failed; the span in {@code context}, if there
   * is one, may become an exemplar.
   */
  void recordEnd(ConnectionRecord end, ErrorType error, Context context) {
    Attributes plain = plain(end);
    Attributes ended =
        error == null ? plain : plain.toBuilder().put(ERROR_TYPE, error.value()).build();
    if (end.connSuccess()) {
      if (!end.openReported()) {
        recordOpen(end);
      }
      active.add(-1, plain);
      duration.record(end.durationNs() / 1e9, ended, context);
    } else {
      attempts.add(1, ended);
    }
    recordTimes(end, plain, ended, context);
    Attributes transmit = plain.toBuilder().put(DIRECTION, "transmit").build();
    Attributes receive = plain.toBuilder().put(DIRECTION, "receive").build();
    io.add(end.sentBytes(), transmit);
    io.add(end.receivedBytes(), receive);
    segments.add(end.segsOut(), transmit);
    segments.add(end.segsIn(), receive);
    retransmits.add(end.totalRetrans(), plain);
    if (end.lost() != 0) {
      lost.add(end.lost(), plain);
    }
  }

  private void recordTimes(
      ConnectionRecord end, Attributes plain, Attributes ended, Context context) {
    if (end.srttEighthUs() != 0) {
      rtt.record(end.srttNs() / 1e9, plain, context);
    }
    if (end.rttMinUs() != 0) {
      minRtt.record(end.rttMinUs() / 1e6, plain);
    }
    if (ConnectionRole.of(end) != ConnectionRole.CLIENT) {
      return;
    }
    if (!end.connSuccess()) {
      handshake.record(end.durationNs() / 1e9, ended);
    } else if (end.handshakeUs() != 0) {
      handshake.record(end.handshakeUs() / 1e6, plain);
    }
  }

  private static Attributes plain(ConnectionRecord connection) {
    ConnectionRole role = ConnectionRole.of(connection);
    int port = role.serverPort(connection);
    AttributesBuilder plain = Attributes.builder().put(ROLE, role.value());
    if (port != 0) {
      plain.put(SERVER_PORT, port);
    }
    return plain.build();
  }
}
