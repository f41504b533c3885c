// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.TestSocket;
import java.util.concurrent.Callable;
import java.util.concurrent.locks.LockSupport;

/** Connections one after the other at a steady rate, for some seconds; gives their number. */
final class PacedLoad implements Callable<Long> {
  private static final int BYTES = 100;

  private final int perSecond;
  private final int seconds;

  PacedLoad(int perSecond, int seconds) {
    this.perSecond = perSecond;
    this.seconds = seconds;
  }

  @Override
  public Long call() throws Exception {
    try (TestSocket listener = TestSocket.listening(Endpoint.of("127.0.0.1", 0))) {
      long beganNs = System.nanoTime();
      long connections = (long) perSecond * seconds;
      for (long i = 0; i < connections; i++) {
        exchange(listener);
        LockSupport.parkNanos(beganNs + i * 1_000_000_000L / perSecond - System.nanoTime());
      }
      return connections;
    }
  }

  /** Connected through the listener's queue, so that one thread can be both ends. */
  private static void exchange(TestSocket listener) throws Exception {
    try (TestSocket client = TestSocket.v4()) {
      client.connect(listener.localEndpoint());
      try (TestSocket server = listener.accept()) {
        client.sendAll(BYTES);
        server.receiveExactly(BYTES);
        client.shutdownWrite();
        server.receiveToEnd();
      }
    }
  }
}
