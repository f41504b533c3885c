// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.function.Executable;

/** Connections in trouble between two hosts, and some that are well, over and over until closed. */
final class Trouble implements AutoCloseable {
  static final int WELL = 7000;
  static final int LOSSY = 7001;
  static final int STALLED = 7002;
  static final int OVERFLOWING = 7003;

  /** Nobody listens. */
  static final int REFUSED = 7004;

  private static final String LOCAL = "127.0.0.1";
  private static final String SERVER = TestNetwork.serverAddress(true);
  private static final int BYTES = 20_000;
  private static final long PAUSE_NS = 50_000_000;

  private final TestNetwork network;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Deque<CompletableFuture<?>> loops = new ArrayDeque<>();
  private volatile boolean ended;

  Trouble(TestNetwork network) {
    this.network = network;
  }

  /** All of it at once. */
  Trouble begin() {
    TestSocket well = network.client().call(() -> TestSocket.listening(Endpoint.of(LOCAL, WELL)));
    TestSocket full =
        network
            .client()
            .call(
                () ->
                    TestSocket.v4()
                        .reuseAddress(true)
                        .bind(Endpoint.of(LOCAL, OVERFLOWING))
                        .listen(1));
    open.push(well);
    open.push(full);
    TestSocket[] lossy = pair(LOSSY);
    TestSocket[] stalled = pair(STALLED);
    network.forward(
        "tcp dport " + LOSSY + " numgen random mod 20 == 0 drop", "tcp dport " + STALLED + " drop");
    stalled[0].sendAll(1);
    loop(() -> exchange(well));
    loop(this::refuse);
    loop(() -> knock(full.localEndpoint()));
    loop(
        () -> {
          lossy[0].sendAll(BYTES);
          lossy[1].receiveAndForget(BYTES);
        });
    return this;
  }

  /** Connected through the router: client, server. */
  private TestSocket[] pair(int port) {
    Endpoint at = Endpoint.of(SERVER, port);
    TestSocket listener = network.server().call(() -> TestSocket.listening(at));
    open.push(listener);
    TestSocket client = network.client().call(() -> TestSocket.v4().connect(at));
    open.push(client);
    TestSocket server = listener.accept();
    open.push(server);
    return new TestSocket[] {client, server};
  }

  private void loop(Executable round) {
    loops.push(
        network
            .client()
            .start(
                () -> {
                  while (!ended) {
                    execute(round);
                    LockSupport.parkNanos(PAUSE_NS);
                  }
                  return null;
                }));
  }

  private static void execute(Executable round) throws Exception {
    try {
      round.execute();
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  private static void exchange(TestSocket listener) {
    try (TestSocket client = TestSocket.v4().connect(listener.localEndpoint());
        TestSocket server = listener.accept()) {
      client.sendAll(BYTES);
      server.receiveAndForget(BYTES);
    }
  }

  private void refuse() {
    try (TestSocket socket = TestSocket.v4()) {
      socket.tryConnect(Endpoint.of(LOCAL, REFUSED));
    }
  }

  /** The first two are let in, and nobody accepts them. */
  private void knock(Endpoint full) {
    TestSocket socket = TestSocket.v4();
    socket.startConnect(full);
    synchronized (open) {
      open.push(socket);
    }
  }

  /** Fails with that of a loop. */
  @Override
  public void close() {
    ended = true;
    try {
      for (CompletableFuture<?> loop : loops) {
        loop.join();
      }
    } finally {
      network.forward();
      closeAll();
    }
  }

  private void closeAll() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }
}
