// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.bpf.FoldBuckets;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.FoldedEnds;
import io.tcpotel.record.RecordDifferences;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * The metrics about connections. Hot: recording allocates nothing once a series exists, and throws
 * nothing. One thread records; any may collect.
 */
public final class ConnectionMetrics implements MetricProducer {
  private final MetricModes modes;
  private final SeriesLife life;
  private final ListenerTable listeners;
  private final SeriesTable table;
  private final AddressPairs pairs; // null if no addresses are told apart
  private final SeriesTable unpaired; // what is not kept apart in pairs; null without
  private final AtomicLong collectedAtNs;
  private final ShownSums shown = new ShownSums();

  public ConnectionMetrics(MetricModes modes, InstantSource wallClock) {
    this.modes = modes;
    life = new SeriesLife(wallClock, modes.distributions(Runtime.getRuntime().maxMemory()));
    listeners = new ListenerTable(life);
    table = new SeriesTable(life, modes.portLimit(), false);
    unpaired = modes.byAddressPair() ? new SeriesTable(life, modes.portLimit(), true) : null;
    pairs = modes.byAddressPair() ? new AddressPairs(life, modes.pairLimit(), unpaired) : null;
    collectedAtNs = new AtomicLong(life.epochNs());
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
    self.observe(SelfInstrument.SERIES_USAGE, to -> to.record(size()));
    self.observe(SelfInstrument.SERIES_LIMIT, to -> to.record(modes.seriesLimit()));
    self.observe(SelfInstrument.LISTENERS_LEFT_OUT, to -> to.record(listeners.leftOut()));
    self.observe(SelfInstrument.SERIES_OVERFLOWED, to -> to.record(table.overflowed()));
  }

  /** The listening sockets, which share collections with the connections. */
  public ListenerTable listeners() {
    return listeners;
  }

  int size() {
    synchronized (life.lock()) {
      return table.size() + (pairs == null ? 0 : pairs.size() + unpaired.size());
    }
  }

  /**
   * Time goes on; series that have not changed for long end. On the recording thread.
   *
   * @param nowNs by a clock that never goes back
   */
  public void tick(long nowNs) {
    if (life.tick(nowNs)) {
      table.expire();
      if (pairs != null) {
        pairs.expire();
        unpaired.expire();
      }
    }
  }

  @Override
  public Collection<MetricData> produce(Resource resource) {
    synchronized (life.lock()) {
      long nowNs = life.epochNs();
      ConnectionPoints points =
          new ConnectionPoints(modes, shown, collectedAtNs.getAndSet(nowNs), nowNs);
      long collection = life.beginCollection();
      Consumer<ConnectionSeries> begin = series -> series.beginCollection(collection);
      table.forEach(begin.andThen(points::addWithoutAddresses));
      forEachPaired(begin.andThen(points::addPaired));
      listeners.forEach(port -> points.addListeners(port, collection));
      return points.metrics(resource);
    }
  }

  /** The points of the last collection have arrived, or were refused for good. */
  public void answered() {
    synchronized (life.lock()) {
      life.answered();
    }
  }

  /** Visits the series that count attempts and bytes. */
  private void forEachPaired(Consumer<ConnectionSeries> visitor) {
    if (pairs == null) {
      table.forEach(visitor);
    } else {
      pairs.forEach(visitor);
      unpaired.forEach(visitor);
    }
  }

  /** Connections that are open now, of all series. */
  public long active() {
    long[] sum = new long[1];
    synchronized (life.lock()) {
      table.forEach(series -> sum[0] += series.sum(ConnectionSeries.ACTIVE));
    }
    return sum[0];
  }

  /** How much of a sum, over all series, collections have shown. */
  public Collected collected(CountedSum sum) {
    synchronized (life.lock()) {
      long[] waiting = new long[1];
      Consumer<ConnectionSeries> add = series -> waiting[0] += series.uncollected(sum);
      if (sum.isPaired()) {
        forEachPaired(add);
      } else {
        table.forEach(add);
      }
      return new Collected(shown.get(sum), waiting[0]);
    }
  }

  /**
   * Where a sum is.
   *
   * @param shown by collections
   * @param waiting for the next one
   */
  public record Collected(long shown, long waiting) {}

  /** Takes any record; {@code error} is null if it ended well, or has not ended. */
  public void record(ConnectionRecord connection, ErrorType error) {
    RecordKind kind = connection.kind();
    if (kind == RecordKind.UNOBSERVED) {
      return; // nothing tells when it ends
    }
    boolean opens = kind == RecordKind.OPEN || kind == RecordKind.ADOPTED;
    boolean fails = kind == RecordKind.FAILED;
    // An open that found no room in the ring counts with the next record.
    int begun = opens || !fails && !connection.openReported() ? 1 : 0;
    int ended = kind == RecordKind.CLOSE ? 1 : 0;
    ConnectionRole role = ConnectionRole.of(connection);
    ConnectionSeries series =
        table.find(role, role.serverPort(connection), connection.connSuccess(), begun, ended);
    ConnectionSeries paired =
        pairs == null ? series : pairs.find(connection, role, opens ? 0 : payloadBytes(connection));
    series.add(ConnectionSeries.ACTIVE, begun - ended);
    DelaySums.addPresent(connection, series);
    if (begun != 0 && !connection.preexisting()) {
      paired.add(ConnectionSeries.ESTABLISHED, 1);
    }
    if (fails) {
      paired.addFailed(error, 1);
    }
    if (ended != 0) {
      recordTimes(connection, error, series, paired);
    }
    if (!opens) {
      recordTotals(connection, series, paired);
    }
  }

  private static long payloadBytes(ConnectionRecord connection) {
    return RecordDifferences.sentBytes(connection) + RecordDifferences.receivedBytes(connection);
  }

  /** An older connection did not begin under our eyes: its lifetime is not known. */
  private static void recordTimes(
      ConnectionRecord connection,
      ErrorType error,
      ConnectionSeries series,
      ConnectionSeries paired) {
    if (!connection.preexisting()) {
      paired.times().duration(error).record(connection.durationNs());
    }
    // The first sample after a lost SYN-ACK counts from the first one: tcp_synack_rtt_meas().
    if (connection.srttNs() != 0 && connection.synRetransmits() == 0) {
      series.times().rtt().record(connection.srttNs());
    }
  }

  /** Adds what no earlier record of the connection has reported. */
  private static void recordTotals(
      ConnectionRecord connection, ConnectionSeries series, ConnectionSeries paired) {
    paired.addBytes(
        RecordDifferences.sentBytes(connection), RecordDifferences.receivedBytes(connection));
    series.addSegments(
        RecordDifferences.segsOut(connection),
        RecordDifferences.segsIn(connection),
        RecordDifferences.totalRetrans(connection));
    DelaySums.add(connection, series);
  }

  /** Takes ends that the kernel has added up; no addresses are known of them. Not hot. */
  public void recordFolded(FoldedEnds ends) {
    ConnectionSeries series = find(table, ends);
    ConnectionSeries paired = unpaired == null ? series : find(unpaired, ends);
    ErrorType error = ends.error();
    series.add(ConnectionSeries.ACTIVE, ends.begun() - ends.ended());
    paired.add(ConnectionSeries.ESTABLISHED, ends.opened());
    paired.addFailed(error == null ? ErrorType.OTHER : error, ends.failed());
    for (int bucket = 0; bucket <= Instrument.CONNECTION_DURATION.boundaries().size(); bucket++) {
      if (ends.durationCount(bucket) != 0) {
        paired
            .times()
            .duration(error)
            .addFolded(bucket, ends.durationCount(bucket), ends.durationSumNs(bucket));
      }
    }
    for (int bucket = 0; bucket <= Instrument.RTT.boundaries().size(); bucket++) {
      if (ends.rttCount(bucket) != 0) {
        series.times().rtt().addFolded(bucket, ends.rttCount(bucket), ends.rttSumNs(bucket));
      }
    }
    paired.addBytes(ends.sentBytes(), ends.receivedBytes());
    series.addSegments(ends.segsOut(), ends.segsIn(), ends.totalRetrans());
    DelaySums.add(ends, series);
  }

  private static ConnectionSeries find(SeriesTable in, FoldedEnds ends) {
    return ends.isOverflow()
        ? in.overflow(ends.role())
        : in.find(ends.role(), ends.serverPort(), ends.failed() == 0, ends.begun(), ends.ended());
  }
}
