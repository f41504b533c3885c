// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.Data;
import io.opentelemetry.sdk.metrics.data.DoublePointData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramData;
import io.opentelemetry.sdk.metrics.data.ExponentialHistogramPointData;
import io.opentelemetry.sdk.metrics.data.HistogramData;
import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.data.MetricDataType;
import io.opentelemetry.sdk.metrics.data.PointData;
import io.opentelemetry.sdk.metrics.data.SumData;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.telemetry.HistogramPoint.PointTimes;
import io.tcpotel.workload.Workload;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;

/** The points of one collection, by instrument. */
final class ConnectionPoints {
  private static final double MS_PER_S = 1e3;

  private final WorkloadPoints zeroPoints = new WorkloadPoints();
  private final WorkloadPoints points = new WorkloadPoints();
  private final MetricModes modes;
  private final ShownSums shownSums;
  private final ZeroPoints zeros;

  /**
   * @param shownSums adds up what the points show
   */
  ConnectionPoints(MetricModes modes, ShownSums shownSums, ZeroPoints zeros) {
    this.modes = modes;
    this.shownSums = shownSums;
    this.zeros = zeros;
  }

  /** Shows open connections, segments and delays. */
  void addUnpaired(ConnectionSeries series) {
    SeriesAttributes attributes = series.attributes();
    addSum(Instrument.CONNECTION_ACTIVE, series, ConnectionSeries.ACTIVE, attributes.plain);
    if (series.isToShow(ConnectionSeries.SEGS_OUT) || series.isToShow(ConnectionSeries.SEGS_IN)) {
      addSum(Instrument.SEGMENTS, series, ConnectionSeries.SEGS_OUT, attributes.transmit);
      addSum(Instrument.SEGMENTS, series, ConnectionSeries.SEGS_IN, attributes.receive);
    }
    addDelays(series, attributes);
  }

  /** Leaves out what is 0: most series have none of it. */
  private void addDelays(ConnectionSeries series, SeriesAttributes attributes) {
    addLimit(LimitedBy.NETWORK, series, ConnectionSeries.NETWORK_LIMITED_MS, attributes);
    addLimit(LimitedBy.RECEIVER, series, ConnectionSeries.RECEIVER_LIMITED_MS, attributes);
    addLimit(LimitedBy.SEND_BUFFER, series, ConnectionSeries.SEND_BUFFER_LIMITED_MS, attributes);
    Attributes plain = attributes.plain;
    addChanged(Instrument.LOST, series, ConnectionSeries.LOST, plain);
    addChanged(Instrument.STALL_TIME, series, ConnectionSeries.STALLED_MS, plain);
    addChanged(Instrument.TIMEOUTS, series, ConnectionSeries.TIMEOUTS, plain);
    addChanged(
        Instrument.SPURIOUS_RETRANSMITS, series, ConnectionSeries.SPURIOUS_RETRANSMITS, plain);
    addChanged(
        Instrument.OUT_OF_ORDER_SEGMENTS, series, ConnectionSeries.OUT_OF_ORDER_SEGMENTS, plain);
    addChanged(Instrument.CONNECTION_STALLED, series, ConnectionSeries.STALLED, plain);
    addChanged(Instrument.CONNECTION_NOT_ACCEPTED, series, ConnectionSeries.NOT_ACCEPTED, plain);
  }

  private void addLimit(
      LimitedBy cause, ConnectionSeries series, int sum, SeriesAttributes attributes) {
    if (series.isToShow(sum)) {
      addSum(Instrument.CONNECTION_LIMITED, series, sum, attributes.limited(cause));
    }
  }

  private void addChanged(
      Instrument instrument, ConnectionSeries series, int sum, Attributes attributes) {
    if (series.isToShow(sum)) {
      addSum(instrument, series, sum, attributes);
    }
  }

  /** Shows attempts, times, bytes and retransmits. */
  void addPaired(ConnectionSeries series) {
    SeriesAttributes attributes = series.attributes();
    if (series.sum(ConnectionSeries.ESTABLISHED) != 0) {
      addSum(
          Instrument.CONNECTION_ATTEMPTS, series, ConnectionSeries.ESTABLISHED, attributes.plain);
    }
    for (ErrorType error : ErrorType.values()) {
      int failed = ConnectionSeries.FAILED + error.ordinal();
      if (series.sum(failed) != 0) {
        addSum(Instrument.CONNECTION_ATTEMPTS, series, failed, attributes.ended(error));
      }
    }
    series
        .times()
        .forEachDuration(
            (error, times) ->
                addTimes(Instrument.CONNECTION_DURATION, series, times, attributes.ended(error)));
    series
        .times()
        .forEachHandshake(
            (error, times) ->
                addTimes(Instrument.HANDSHAKE_DURATION, series, times, attributes.ended(error)));
    if (series.hasTotals()) {
      addSum(Instrument.IO, series, ConnectionSeries.SENT_BYTES, attributes.transmit);
      addSum(Instrument.IO, series, ConnectionSeries.RECEIVED_BYTES, attributes.receive);
      addSum(Instrument.RETRANSMITS, series, ConnectionSeries.TOTAL_RETRANS, attributes.plain);
    }
    addTimes(Instrument.RTT, series, series.times().knownRtt(), attributes.plain);
    addTimes(Instrument.MIN_RTT, series, series.times().knownMinRtt(), attributes.plain);
  }

  /** Shows the accept queues of a port, and how often they were full. */
  void addListeners(ListenerPort port, long collection) {
    if (port.hasListeners()) {
      addQueue(Instrument.ACCEPT_QUEUE_USAGE, port, port.backlog());
      addQueue(Instrument.ACCEPT_QUEUE_LIMIT, port, port.limit());
    }
    boolean delta = isDelta(Instrument.ACCEPT_QUEUE_DROPS);
    long added = port.collect(collection);
    if (!delta || added != 0) {
      addQueue(Instrument.ACCEPT_QUEUE_DROPS, port, delta ? added : port.drops());
    }
  }

  private void addQueue(Instrument instrument, ListenerPort port, long value) {
    long startNs = isDelta(instrument) ? Math.max(zeros.lastNs(), port.startNs) : port.startNs;
    PointData point = LongPointData.create(startNs, zeros.nowNs(), port.attributes, value);
    points.add(instrument, port.key.workload(), point);
  }

  private boolean isDelta(Instrument instrument) {
    return switch (instrument.kind()) {
      case COUNTER -> modes.deltaCounters();
      case HISTOGRAM -> modes.deltaHistograms();
      case UP_DOWN_COUNTER, GAUGE -> false;
    };
  }

  private long startNs(Instrument instrument, ConnectionSeries series) {
    return isDelta(instrument) ? Math.max(zeros.lastNs(), series.startNs()) : series.startNs();
  }

  private void addSum(
      Instrument instrument, ConnectionSeries series, int sum, Attributes attributes) {
    boolean delta = isDelta(instrument);
    long added = series.collect(sum);
    long shown = delta ? added : series.collected(sum);
    shownSums.add(sum, added);
    if (shown == 0 && delta) {
      return;
    }
    long beginNs = startNs(instrument, series);
    Workload workload = series.owner().workload();
    if (instrument.kind() == Instrument.Kind.COUNTER
        && !delta
        && zeros.precede(series.shownPoints, sum, shown == 0)) {
      zeroPoints.add(instrument, workload, sum(instrument, zeroTimes(attributes, beginNs), 0));
    }
    PointTimes times = new PointTimes(attributes, beginNs, zeros.nowNs());
    points.add(instrument, workload, sum(instrument, times, shown));
  }

  private static PointData sum(Instrument instrument, PointTimes of, long value) {
    return instrument.isTime()
        ? DoublePointData.create(
            of.startNs(), of.nowNs(), of.attributes(), value / MS_PER_S, List.of())
        : LongPointData.create(of.startNs(), of.nowNs(), of.attributes(), value);
  }

  private void addTimes(
      Instrument instrument, ConnectionSeries series, Distribution times, Attributes attributes) {
    if (times == null) {
      return;
    }
    boolean delta = isDelta(instrument);
    long beginNs = startNs(instrument, series);
    HistogramPoint point = times.collect(new PointTimes(attributes, beginNs, zeros.nowNs()), delta);
    if (point == null) {
      return;
    }
    Workload workload = series.owner().workload();
    if (!delta && zeros.precede(times.shownPoints(), 0, false)) {
      zeroPoints.add(instrument, workload, point.zero(zeroTimes(attributes, beginNs)));
    }
    points.add(instrument, workload, point);
  }

  private PointTimes zeroTimes(Attributes attributes, long beginNs) {
    return new PointTimes(attributes, Math.min(beginNs, zeros.atNs()), zeros.atNs());
  }

  /** Zero points first; instruments without a point are left out. */
  Collection<MetricData> metrics(Function<Workload, Resource> resources) {
    List<MetricData> metrics = new ArrayList<>();
    WorkloadPoints.Visitor add =
        (workload, instrument, shown) ->
            metrics.add(
                new InstrumentData(
                    resources.apply(workload),
                    instrument,
                    type(instrument),
                    data(instrument, shown)));
    zeroPoints.forEach(add);
    points.forEach(add);
    return metrics;
  }

  private MetricDataType type(Instrument instrument) {
    if (instrument.kind() != Instrument.Kind.HISTOGRAM) {
      return instrument.isTime() ? MetricDataType.DOUBLE_SUM : MetricDataType.LONG_SUM;
    }
    return modes.exponential() ? MetricDataType.EXPONENTIAL_HISTOGRAM : MetricDataType.HISTOGRAM;
  }

  private Data<?> data(Instrument instrument, List<PointData> shown) {
    AggregationTemporality temporality =
        isDelta(instrument) ? AggregationTemporality.DELTA : AggregationTemporality.CUMULATIVE;
    return switch (type(instrument)) {
      case HISTOGRAM -> HistogramData.create(temporality, cast(shown, HistogramPointData.class));
      case EXPONENTIAL_HISTOGRAM ->
          ExponentialHistogramData.create(
              temporality, cast(shown, ExponentialHistogramPointData.class));
      case DOUBLE_SUM ->
          SumData.createDoubleSumData(true, temporality, cast(shown, DoublePointData.class));
      default ->
          SumData.createLongSumData(
              instrument.kind() == Instrument.Kind.COUNTER,
              temporality,
              cast(shown, LongPointData.class));
    };
  }

  private static <T> List<T> cast(List<PointData> points, Class<T> type) {
    return points.stream().map(type::cast).toList();
  }
}
