// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.Messages;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;

/**
 * Prints the account after SIGUSR1: behind a drain, on the reader's thread, so that its numbers are
 * of one moment.
 */
final class AccountPrinter {
  private final Messages messages;
  private final Supplier<Account> account;
  private final AtomicBoolean wanted = new AtomicBoolean();

  AccountPrinter(Messages messages, Supplier<Account> account) {
    this.messages = messages;
    this.account = account;
  }

  /**
   * Takes the signal.
   *
   * @param wake ends the reader's sleep
   */
  void handleSignal(Runnable wake) {
    ProcessSignal.handle(
        "USR1",
        () -> {
          wanted.set(true);
          wake.run();
        });
  }

  void afterDrain() {
    if (wanted.compareAndSet(true, false)) {
      print();
    }
  }

  void print() {
    messages.say(account.get().text());
  }
}
