// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.TestSocket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** Payload between two sockets of this process. */
final class Conversation {

  private Conversation() {}

  /** All of it arrives, read while it is sent. */
  static void exchange(TestSocket from, TestSocket to, int bytes) {
    CompletableFuture<Void> sending = new CompletableFuture<>();
    Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try {
                from.sendAll(bytes);
                sending.complete(null);
              } catch (RuntimeException e) {
                sending.completeExceptionally(e);
              }
            });
    assertThat(to.receiveExactly(bytes)).isEqualTo(TestSocket.pattern(bytes));
    sending.orTimeout(Await.LIMIT.toSeconds(), TimeUnit.SECONDS).join();
  }
}
