// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.Messages;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Prints the sums if SIGUSR1 has asked for them: after a drain, on the reader's thread, so that
 * they belong together.
 */
public final class SumsPrinter implements Runnable {
  private final Messages messages;
  private final AtomicBoolean wanted = new AtomicBoolean();
  private Supplier<String> sums = () -> "";

  public SumsPrinter(Messages messages) {
    this.messages = messages;
  }

  /**
   * Takes the signal.
   *
   * @param wake ends the reader's sleep
   */
  public void handleSignal(Runnable wake) {
    ProcessSignal.handle(
        "USR1",
        () -> {
          wanted.set(true);
          wake.run();
        });
  }

  /** What to print; before the first drain. */
  public void tell(Supplier<String> text) {
    sums = text;
  }

  @Override
  public void run() {
    if (wanted.compareAndSet(true, false)) {
      print();
    }
  }

  public void print() {
    messages.say(sums.get());
  }
}
