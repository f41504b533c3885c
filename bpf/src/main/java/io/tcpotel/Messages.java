// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import java.io.PrintStream;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongSupplier;

/**
 * The messages of the running program, on stderr. A message that can repeat is printed at most once
 * a minute per topic, with the number of times it was left out. From any thread.
 */
public final class Messages {
  private static final long QUIET_NS = 60_000_000_000L;

  private final PrintStream out;
  private final LongSupplier nowNs;
  private final ConcurrentMap<String, Topic> topics = new ConcurrentHashMap<>();

  private static final class Topic {
    private boolean said;
    private long saidNs;
    private long omitted;
  }

  public Messages(PrintStream out) {
    this(out, System::nanoTime);
  }

  Messages(PrintStream out, LongSupplier nowNs) {
    this.out = out;
    this.nowNs = nowNs;
  }

  public void say(String text) {
    out.println(Release.NAME + ": " + ForeignText.message(text));
  }

  /** Says {@code text} unless something on {@code topic} was said within the last minute. */
  public void sayOnceAMinute(String topic, String text) {
    Topic state = topics.computeIfAbsent(topic, name -> new Topic());
    synchronized (state) {
      long now = nowNs.getAsLong();
      if (state.said && now - state.saidNs < QUIET_NS) {
        state.omitted++;
        return;
      }
      say(state.omitted == 0 ? text : text + " (" + state.omitted + " more of this since)");
      state.said = true;
      state.saidNs = now;
      state.omitted = 0;
    }
  }

  /** Says {@code text} the first time only. */
  public void sayOnce(String topic, String text) {
    if (topics.putIfAbsent(topic, new Topic()) == null) {
      say(text);
    }
  }
}
