// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricProducer;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.FoldedEnds;
import io.tcpotel.record.RecordDifferences;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.time.InstantSource;
import java.util.Collection;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The metrics about connections. Hot: recording allocates nothing once a series exists, and throws
 * nothing. One thread records; any may collect.
 */
public final class ConnectionMetrics implements MetricProducer {
  private final MetricModes modes;
  private final Exemplars exemplars;
  private final SeriesLife life;
  private final ListenerTable listeners;
  private final SeriesOwners owners;
  private final Function<Workload, Resource> resources;
  private final SeriesTables tables;
  private final FoldCounting folds;
  private final AtomicLong collectedAtNs;
  private final ShownSums shown = new ShownSums();

  /** With one resource for all: that of the collection. */
  public ConnectionMetrics(MetricModes modes, InstantSource wallClock) {
    this(modes, wallClock, WorkloadTable.ofAgent(), workload -> null);
  }

  /**
   * @param resources of the workloads, the agent excepted
   */
  public ConnectionMetrics(
      MetricModes modes,
      InstantSource wallClock,
      WorkloadTable workloads,
      Function<Workload, Resource> resources) {
    this.modes = modes;
    this.resources = resources;
    exemplars = new Exemplars(modes.exemplars());
    owners = new SeriesOwners(workloads);
    SeriesPeers peers = new SeriesPeers();
    life =
        new SeriesLife(
            wallClock,
            new KeyAttributes(modes.keys(), peers),
            modes.distributions(Runtime.getRuntime().maxMemory(), exemplars));
    listeners = new ListenerTable(life);
    tables = new SeriesTables(life, owners.of(Workload.AGENT), modes, peers);
    folds = new FoldCounting(tables);
    collectedAtNs = new AtomicLong(life.epochNs());
  }

  /** Before the first record. */
  public void setPeerNames(PeerNames names) {
    tables.setPeerNames(names);
  }

  /**
   * Of the records that follow.
   *
   * @param offsetNs what is added to a record's time to get its wall clock
   */
  public void setOffsetNs(long offsetNs) {
    exemplars.setOffsetNs(offsetNs);
  }

  /** Tells how many series there are and can be. */
  public void observe(SelfMetrics self) {
    self.observe(SelfInstrument.SERIES_USAGE, to -> to.record(size()));
    self.observe(SelfInstrument.SERIES_LIMIT, to -> to.record(modes.seriesLimit()));
    self.observe(SelfInstrument.LISTENERS_LEFT_OUT, to -> to.record(listeners.leftOut()));
    self.observe(SelfInstrument.SERIES_OVERFLOWED, to -> to.record(tables.byPort.overflowed()));
  }

  /** The listening sockets, which share collections with the connections. */
  public ListenerTable listeners() {
    return listeners;
  }

  int size() {
    synchronized (life.lock()) {
      return tables.size();
    }
  }

  /**
   * Time goes on; series that have not changed for long end. On the recording thread.
   *
   * @param nowNs by a clock that never goes back
   */
  public void tick(long nowNs) {
    if (owners.isTimeToLook(nowNs)) {
      shareShortLived();
    }
    if (life.tick(nowNs)) {
      owners.lookForEnded();
      tables.expire();
    }
  }

  private void shareShortLived() {
    synchronized (life.lock()) {
      if (owners.lookForShortLived()) {
        tables.moveShared();
      }
    }
  }

  /** The next collection is the last. On the recording thread. */
  public void finish() {
    shareShortLived();
    synchronized (life.lock()) {
      owners.showAll();
    }
  }

  @Override
  public Collection<MetricData> produce(Resource resource) {
    synchronized (life.lock()) {
      long nowNs = life.epochNs();
      long collection = life.beginCollection();
      ZeroPoints zeros =
          new ZeroPoints(
              modes.zeroFirst(),
              life.hasArrived(collection - 1),
              collectedAtNs.getAndSet(nowNs),
              nowNs);
      ConnectionPoints points = new ConnectionPoints(modes, shown, zeros);
      exemplars.collect();
      tables.forEachUnpaired(shown(collection, points::addUnpaired));
      tables.forEachPaired(shown(collection, points::addPaired));
      listeners.forEach(port -> points.addListeners(port, collection));
      return points.metrics(of -> of == Workload.AGENT ? resource : resources.apply(of));
    }
  }

  private static Consumer<ConnectionSeries> shown(long collection, Consumer<ConnectionSeries> add) {
    return series -> {
      if (!series.owner().isHeldBack()) {
        series.owner().show();
        series.beginCollection(collection);
        add.accept(series);
      }
    };
  }

  /** The points of the last collection have arrived, or were refused for good. */
  public void answered() {
    synchronized (life.lock()) {
      life.answered();
    }
  }

  /** Connections that are open now, of all series. */
  public long active() {
    long[] sum = new long[1];
    synchronized (life.lock()) {
      tables.byPort.forEach(series -> sum[0] += series.sum(ConnectionSeries.ACTIVE));
    }
    return sum[0];
  }

  /** How much of a sum, over all series, collections have shown. */
  public Collected collected(CountedSum sum) {
    synchronized (life.lock()) {
      return new Collected(shown.get(sum), tables.uncollected(sum));
    }
  }

  /**
   * Where a sum is.
   *
   * @param shown by collections
   * @param waiting for the next one
   */
  public record Collected(long shown, long waiting) {}

  /**
   * Takes any record.
   *
   * @param error null if it ended well, or has not ended
   * @param workload of the record's own cgroup, so that begin and end of a connection meet
   * @param peer the workload of the other end; null if it is unknown
   */
  public void record(
      ConnectionRecord connection, ErrorType error, Workload workload, Workload peer) {
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
    SeriesOwner owner = owners.of(workload);
    ConnectionSeries series =
        tables.byPort.find(
            owner, role, role.serverPort(connection), connection.connSuccess(), begun, ended);
    ConnectionSeries paired = tables.paired(series, owner, role, connection, peer, begun);
    series.add(ConnectionSeries.ACTIVE, begun - ended);
    DelaySums.addPresent(connection, series);
    if (begun != 0 && !connection.preexisting()) {
      paired.add(ConnectionSeries.ESTABLISHED, 1);
    }
    if (fails) {
      paired.addFailed(error, 1);
    }
    if (!opens) {
      exemplars.begin(connection, error != null);
      ConnectionTimes.add(connection, error, paired.times());
      recordTotals(connection, series, paired);
    }
  }

  /** Adds what no earlier record of the connection has reported. */
  private static void recordTotals(
      ConnectionRecord connection, ConnectionSeries series, ConnectionSeries paired) {
    paired.addTotals(
        RecordDifferences.sentBytes(connection),
        RecordDifferences.receivedBytes(connection),
        RecordDifferences.totalRetrans(connection));
    series.addSegments(RecordDifferences.segsOut(connection), RecordDifferences.segsIn(connection));
    DelaySums.add(connection, series);
  }

  /**
   * Takes ends that the kernel has added up. Not hot.
   *
   * @param workload of their cgroup
   */
  public void recordFolded(FoldedEnds ends, Workload workload) {
    folds.count(owners.of(workload), ends);
  }
}
