// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ListenerRecord;
import io.tcpotel.workload.Workload;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/**
 * The listening sockets, by cookie, as the last walk has found them. Cold: a walk brings each once.
 * The reader's thread records.
 */
public final class ListenerTable {
  /** Of listeners, and of ports. */
  static final int LIMIT = 4096;

  private final SeriesLife life;
  private final Map<Long, Listener> listeners = new HashMap<>();
  private final Map<ListenerPort.Key, ListenerPort> ports = new HashMap<>();
  private final LongAdder leftOut = new LongAdder();

  /** The number of the walk that is next or under way. */
  private long walk;

  /** One socket, as of its last record. */
  private static final class Listener {
    private final ListenerPort port;
    private long backlog;
    private long limit;
    private long seenIn;

    Listener(ListenerPort port) {
      this.port = port;
      port.addListener();
    }

    void update(ListenerRecord record, long walk) {
      port.changeQueue(record.backlog() - backlog, record.limit() - limit);
      port.addDrops(record.newDrops());
      backlog = record.backlog();
      limit = record.limit();
      seenIn = walk;
    }

    void end() {
      port.removeListener(backlog, limit);
    }
  }

  ListenerTable(SeriesLife life) {
    this.life = life;
  }

  /** Reports for which there was no room. */
  long leftOut() {
    return leftOut.sum();
  }

  /** Takes a report of the walk under way. */
  public void record(ListenerRecord record, Workload workload) {
    synchronized (life.lock()) {
      Listener listener = find(record, workload);
      if (listener == null) {
        leftOut.increment();
      } else {
        listener.update(record, walk);
      }
    }
  }

  private Listener find(ListenerRecord record, Workload workload) {
    ListenerPort.Key key = ListenerPort.Key.of(record, workload);
    Listener known = listeners.get(record.socketCookie());
    if (known != null && known.port.key.equals(key)) {
      return known;
    }
    if (known != null) {
      known.end(); // the socket listens on another port now, or its workload has become known
      listeners.remove(record.socketCookie());
    }
    boolean hasRoom = listeners.size() < LIMIT && (ports.size() < LIMIT || ports.containsKey(key));
    if (!hasRoom) {
      return null;
    }
    Listener added =
        new Listener(ports.computeIfAbsent(key, of -> new ListenerPort(of, life.epochNs())));
    listeners.put(record.socketCookie(), added);
    return added;
  }

  /** The walk has reported all: who was not among them listens no more. */
  public void endOfWalk() {
    synchronized (life.lock()) {
      for (Iterator<Listener> each = listeners.values().iterator(); each.hasNext(); ) {
        Listener listener = each.next();
        if (listener.seenIn != walk) {
          listener.end();
          each.remove();
        }
      }
      ports.values().removeIf(port -> port.hasEnded(life));
      walk++;
    }
  }

  /** Needs the lock. */
  void forEach(Consumer<ListenerPort> visitor) {
    ports.values().forEach(visitor);
  }
}
