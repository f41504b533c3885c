// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import java.util.concurrent.TimeUnit;

/** Looks every few seconds, on a thread of its own, whether the names file has changed. */
public final class NamesReload implements AutoCloseable {
  private static final long PERIOD_MS = TimeUnit.SECONDS.toMillis(5);

  private final PeerNames names;
  private final Thread thread;

  private NamesReload(PeerNames names) {
    this.names = names;
    thread = Thread.ofPlatform().daemon().name("tcpotel-names").unstarted(this::run);
  }

  /** Starts it; there is nothing to look at without a names file. */
  public static NamesReload of(PeerNames names) {
    NamesReload started = new NamesReload(names);
    if (names.haveFile()) {
      started.thread.start();
    }
    return started;
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(PERIOD_MS);
        names.reload();
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
