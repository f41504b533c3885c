// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Ends a command at SIGTERM, SIGINT or SIGHUP, or after its time limit. Threads that must be woken
 * register a listener. A second SIGTERM or SIGINT ends the program at once; SIGHUP does not, since
 * a terminal that closes sends it twice, and systemd sends it together with SIGTERM.
 */
public final class StopSignal {
  private final CountDownLatch stopped = new CountDownLatch(1);
  private final AtomicBoolean signalled = new AtomicBoolean();
  private final List<Runnable> listeners = new CopyOnWriteArrayList<>();

  /** Takes over SIGTERM, SIGINT and, unless it is ignored (nohup), SIGHUP of the process. */
  public static StopSignal install() {
    StopSignal stop = new StopSignal();
    ProcessSignal.handle("TERM", stop::onSignal);
    ProcessSignal.handle("INT", stop::onSignal);
    ProcessSignal.handle("HUP", stop::stop);
    return stop;
  }

  private void onSignal() {
    if (signalled.getAndSet(true)) {
      Runtime.getRuntime().halt(1);
    }
    stop();
  }

  /**
   * Calls {@code listener} once at the end, on the thread that brings it, or now if it has come.
   */
  public void onStop(Runnable listener) {
    listeners.add(listener);
    if (stopped.getCount() == 0) {
      listener.run();
    }
  }

  /** Ends after {@code limit}; null is never. */
  public void endAfter(Duration limit) {
    if (limit != null) {
      Thread.ofPlatform().daemon().name("tcpotel-limit").start(() -> await(limit));
    }
  }

  public void stop() {
    stopped.countDown();
    listeners.forEach(Runnable::run);
  }

  public boolean isStopped() {
    return stopped.getCount() == 0;
  }

  /** Waits for the end, at most {@code limit}; null is without limit. */
  public void await(Duration limit) {
    try {
      if (limit == null) {
        stopped.await();
      } else if (!stopped.await(limit.toNanos(), TimeUnit.NANOSECONDS)) {
        stop();
      }
    } catch (InterruptedException e) {
      stop();
    }
  }
}
