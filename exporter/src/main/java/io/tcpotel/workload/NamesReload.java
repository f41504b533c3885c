// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.Messages;
import io.tcpotel.workload.NamesFile.Unusable;
import java.util.concurrent.TimeUnit;

/**
 * Looks every few seconds whether the names file has changed, on a thread of its own: a file system
 * can keep it waiting.
 */
public final class NamesReload implements AutoCloseable {
  private static final long PERIOD_MS = TimeUnit.SECONDS.toMillis(5);

  private final PeerNames names;
  private final Messages messages;
  private final Thread thread;
  private String refusal = "";

  public NamesReload(PeerNames names, Messages messages) {
    this.names = names;
    this.messages = messages;
    thread = Thread.ofPlatform().daemon().name("tcpotel-names").unstarted(this::run);
  }

  /** Begins, if there is a names file. */
  public void start() {
    if (names.path() != null) {
      sayAmbiguous();
      thread.start();
    }
  }

  private void run() {
    try {
      while (true) {
        Thread.sleep(PERIOD_MS);
        look();
      }
    } catch (InterruptedException e) {
      // closed
    }
  }

  void look() {
    try {
      if (names.readIfChanged()) {
        messages.say("names of peers are those of " + names.path() + " as it is now");
        sayAmbiguous();
      }
      refusal = "";
    } catch (Unusable e) {
      if (!refusal.equals(e.getMessage())) {
        refusal = e.getMessage();
        messages.say(refusal + "; the names of peers stay as they are");
      }
    }
  }

  private void sayAmbiguous() {
    if (!names.ambiguous().isEmpty()) {
      messages.say(
          names.path() + ": " + names.ambiguous() + " give one prefix two names: it has none");
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
