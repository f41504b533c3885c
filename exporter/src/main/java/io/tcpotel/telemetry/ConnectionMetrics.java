// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.DoubleHistogram;
import io.opentelemetry.api.metrics.LongCounterBuilder;
import io.opentelemetry.api.metrics.Meter;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.context.Context;
import io.tcpotel.Release;
import io.tcpotel.bpf.FoldBuckets;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.FoldedEnds;
import java.util.List;
import java.util.function.Consumer;

/**
 * The metrics about connections. Hot: recording allocates nothing once a series exists, and throws
 * nothing. One thread records.
 */
public final class ConnectionMetrics {
  /**
   * Series per instrument before the rest goes to {@code otel.metric.overflow}; the SDK's own
   * default.
   */
  private static final int SERIES_LIMIT = 2000;

  /** Nothing is looked up in it: there is no span around a connection. */
  private static final Context NO_CONTEXT = Context.root();

  private final SeriesTable table =
      new SeriesTable(Attributes.empty(), new SeriesBudget(SERIES_LIMIT), null);
  private final AddressPairs pairs;

  private final DoubleHistogram duration;
  private final DoubleHistogram rtt;

  /**
   * @param byAddressPair whether attempts, duration and io tell pairs of addresses apart
   */
  public ConnectionMetrics(MeterProvider provider, boolean byAddressPair) {
    Meter meter =
        provider
            .meterBuilder(Scope.CONNECTIONS)
            .setInstrumentationVersion(Release.VERSION)
            .setSchemaUrl(Scope.SCHEMA_URL)
            .build();
    pairs = byAddressPair ? new AddressPairs(SERIES_LIMIT) : null;
    duration = histogram(meter, Instrument.CONNECTION_DURATION);
    rtt = histogram(meter, Instrument.RTT);
    observeCounters(meter);
  }

  private void observeCounters(Meter meter) {
    meter
        .upDownCounterBuilder(Instrument.CONNECTION_ACTIVE.key())
        .setUnit(Instrument.CONNECTION_ACTIVE.unit())
        .setDescription(Instrument.CONNECTION_ACTIVE.description())
        .buildWithCallback(to -> table.forEach(series -> series.observeActive(to)));
    counter(meter, Instrument.CONNECTION_ATTEMPTS)
        .buildWithCallback(to -> forEachPaired(series -> series.observeAttempts(to)));
    counter(meter, Instrument.IO)
        .buildWithCallback(to -> forEachPaired(series -> series.observeBytes(to)));
    counter(meter, Instrument.SEGMENTS)
        .buildWithCallback(to -> table.forEach(series -> series.observeSegments(to)));
    counter(meter, Instrument.RETRANSMITS)
        .buildWithCallback(to -> table.forEach(series -> series.observeRetransmits(to)));
  }

  /** The limit to give the SDK, so that it never folds what the tables here keep apart. */
  public static int cardinalityLimit(boolean byAddressPair) {
    int withErrors = SERIES_LIMIT * (ErrorType.values().length + 1);
    return byAddressPair ? 2 * withErrors : withErrors; // with addresses, and for the rest without
  }

  /** The histograms' buckets, for the kernel. */
  public static FoldBuckets foldBuckets() {
    return new FoldBuckets(boundsNs(Instrument.CONNECTION_DURATION), boundsNs(Instrument.RTT));
  }

  private static List<Long> boundsNs(Instrument histogram) {
    return histogram.boundaries().stream().map(bound -> Math.round(bound * 1e9)).toList();
  }

  /** Tells how many series there are and can be. */
  public void observe(SelfMetrics self) {
    self.observe(SelfInstrument.SERIES_USAGE, to -> to.record(table.size()));
    self.observe(SelfInstrument.SERIES_LIMIT, to -> to.record(SERIES_LIMIT));
    self.observe(SelfInstrument.SERIES_OVERFLOWED, to -> to.record(table.overflowed()));
  }

  /** Connections that are open now, of all series. */
  public long active() {
    long[] sum = new long[1];
    table.forEach(series -> sum[0] += series.active());
    return sum[0];
  }

  private static LongCounterBuilder counter(Meter meter, Instrument instrument) {
    return meter
        .counterBuilder(instrument.key())
        .setUnit(instrument.unit())
        .setDescription(instrument.description());
  }

  private static DoubleHistogram histogram(Meter meter, Instrument instrument) {
    return meter
        .histogramBuilder(instrument.key())
        .setUnit(instrument.unit())
        .setDescription(instrument.description())
        .setExplicitBucketBoundariesAdvice(instrument.boundaries())
        .build();
  }

  /** Visits the series that tell pairs of addresses apart, if that is configured. */
  private void forEachPaired(Consumer<ConnectionSeries> visitor) {
    if (pairs == null) {
      table.forEach(visitor);
    } else {
      pairs.forEach(visitor);
    }
  }

  private ConnectionSeries byPair(
      ConnectionRecord connection, ConnectionRole role, ConnectionSeries plain) {
    return pairs == null
        ? plain
        : pairs.find(connection).find(role, role.serverPort(connection), connection.connSuccess());
  }

  /** Takes any record; {@code error} is null if it ended well, or has not ended. */
  public void record(ConnectionRecord connection, ErrorType error) {
    switch (connection.kind()) {
      case CLOSE -> recordClose(connection, error);
      case FAILED -> recordFailure(connection, error);
      case UPDATE -> recordUpdate(connection);
      default -> recordOpen(connection); // OPEN or ADOPTED
    }
  }

  /** Takes a connection's open, or the adoption of an older one. */
  private void recordOpen(ConnectionRecord connection) {
    ConnectionRole role = ConnectionRole.of(connection);
    ConnectionSeries series =
        table.find(role, role.serverPort(connection), connection.connSuccess());
    begin(connection, series, byPair(connection, role, series));
  }

  /** Takes the totals of a connection that lives. */
  private void recordUpdate(ConnectionRecord connection) {
    ConnectionRole role = ConnectionRole.of(connection);
    ConnectionSeries series =
        table.find(role, role.serverPort(connection), connection.connSuccess());
    ConnectionSeries paired = byPair(connection, role, series);
    if (!connection.openReported()) {
      begin(connection, series, paired);
    }
    recordTotals(connection, series, paired);
  }

  /** An older connection was not opened under our eyes: it is active, and no attempt. */
  private void begin(
      ConnectionRecord connection, ConnectionSeries series, ConnectionSeries paired) {
    series.addActive(1);
    if (!connection.preexisting()) {
      paired.addEstablished(1);
    }
  }

  /** Takes the end of a connection that was established; {@code error} is null if it ended well. */
  private void recordClose(ConnectionRecord connection, ErrorType error) {
    ConnectionRole role = ConnectionRole.of(connection);
    ConnectionSeries series =
        table.find(role, role.serverPort(connection), connection.connSuccess());
    ConnectionSeries paired = byPair(connection, role, series);
    if (!connection.openReported()) {
      begin(connection, series, paired); // its open found no room in the ring
    }
    series.addActive(-1);
    if (!connection.preexisting()) {
      duration.record(connection.durationNs() / 1e9, paired.ended(error), NO_CONTEXT);
    }
    if (connection.srttNs() != 0) {
      rtt.record(connection.srttNs() / 1e9, series.plain, NO_CONTEXT);
    }
    recordTotals(connection, series, paired);
  }

  /** Takes a connect that failed. */
  private void recordFailure(ConnectionRecord connection, ErrorType error) {
    ConnectionRole role = ConnectionRole.of(connection);
    ConnectionSeries series =
        table.find(role, role.serverPort(connection), connection.connSuccess());
    ConnectionSeries paired = byPair(connection, role, series);
    paired.addFailed(error, 1);
    recordTotals(connection, series, paired);
  }

  /**
   * Adds what no earlier record of the connection has reported. Segments are 32 bits wide in the
   * kernel, and wrap.
   */
  private void recordTotals(
      ConnectionRecord connection, ConnectionSeries series, ConnectionSeries paired) {
    paired.addBytes(
        connection.sentBytes() - connection.reportedSentBytes(),
        connection.receivedBytes() - connection.reportedReceivedBytes());
    series.addSegments(
        wrapped(connection.segsOut() - connection.reportedSegsOut()),
        wrapped(connection.segsIn() - connection.reportedSegsIn()),
        wrapped(connection.totalRetrans() - connection.reportedTotalRetrans()));
  }

  /**
   * Takes ends that the kernel has added up; no addresses are known of them. Of a histogram's
   * bucket count and sum are known: its mean is recorded as often as it was counted. Not hot.
   */
  public void recordFolded(FoldedEnds ends) {
    ConnectionSeries series = table.find(ends);
    ConnectionSeries paired = pairs == null ? series : pairs.withoutAddresses().find(ends);
    ErrorType error = ends.error();
    series.addActive(ends.opened() + ends.adopted() - ends.closed() - ends.adoptedClosed());
    paired.addEstablished(ends.opened());
    paired.addFailed(error == null ? ErrorType.OTHER : error, ends.failed());
    for (int bucket = 0; bucket <= Instrument.CONNECTION_DURATION.boundaries().size(); bucket++) {
      recordMean(
          duration, ends.durationCount(bucket), ends.durationSumNs(bucket), paired.ended(error));
    }
    for (int bucket = 0; bucket <= Instrument.RTT.boundaries().size(); bucket++) {
      recordMean(rtt, ends.rttCount(bucket), ends.rttSumNs(bucket), series.plain);
    }
    paired.addBytes(ends.sentBytes(), ends.receivedBytes());
    series.addSegments(ends.segsOut(), ends.segsIn(), ends.totalRetrans());
  }

  private static void recordMean(
      DoubleHistogram histogram, long count, long sumNs, Attributes attributes) {
    for (long i = 0; i < count; i++) {
      histogram.record(sumNs / 1e9 / count, attributes, NO_CONTEXT);
    }
  }

  private static long wrapped(long difference) {
    return difference & 0xffff_ffffL;
  }
}
