// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.Attributes;
import io.tcpotel.record.ListenerRecord;
import io.tcpotel.workload.Workload;

/** The listeners of one port, added up: several can share it. */
final class ListenerPort {
  record Key(Workload workload, int port) {
    static Key of(ListenerRecord listener, Workload workload) {
      return new Key(workload, listener.port());
    }
  }

  final Key key;
  final Attributes attributes;
  final long startNs;
  private int listeners;
  private long backlog;
  private long limit;
  private long drops;
  private long collectedDrops;
  private long shownIn;

  ListenerPort(Key key, long startNs) {
    this.key = key;
    this.startNs = startNs;
    this.attributes = Attributes.of(SeriesAttributes.SERVER_PORT, (long) key.port());
  }

  void addListener() {
    listeners++;
  }

  /** One is gone: its queue with it. Its drops have happened. */
  void removeListener(long itsBacklog, long itsLimit) {
    listeners--;
    changeQueue(-itsBacklog, -itsLimit);
  }

  void changeQueue(long moreBacklog, long moreLimit) {
    backlog += moreBacklog;
    limit += moreLimit;
  }

  void addDrops(long more) {
    drops += more;
  }

  boolean hasListeners() {
    return listeners != 0;
  }

  long backlog() {
    return backlog;
  }

  long limit() {
    return limit;
  }

  long drops() {
    return drops;
  }

  /** Returns the drops that no collection has shown. */
  long collect(long collection) {
    long added = drops - collectedDrops;
    collectedDrops = drops;
    shownIn = collection;
    return added;
  }

  /** Whether nothing is left to be told of it. */
  boolean hasEnded(SeriesLife life) {
    return listeners == 0 && drops == collectedDrops && life.hasArrived(shownIn);
  }
}
