// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.kernel.WalkedSocket.Stage;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.SocketOption;
import io.tcpotel.testing.TestSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A random walk: sockets connect, disconnect, listen, accept, end in all ways, and are used again
 * as something else. Each step is a call that succeeds, with all payload read, so that the model
 * knows the bytes of each connection.
 */
final class SocketWalk implements AutoCloseable {
  private static final int MOST_SOCKETS = 24;
  private static final int MOST_BYTES = 5_000;
  private static final Endpoint NOBODY = Endpoint.of("127.0.0.1", 1);
  private static final Endpoint ANY = Endpoint.of("127.0.0.1", 0);

  private final Random random;
  private final List<WalkedSocket> sockets = new ArrayList<>();
  private final List<WalkedSocket> all = new ArrayList<>();

  SocketWalk(long seed) {
    random = new Random(seed);
  }

  /** All sockets that have been, closed ones too. */
  List<WalkedSocket> all() {
    return all;
  }

  void step() {
    if (sockets.size() < MOST_SOCKETS && random.nextInt(4) == 0) {
      add(TestSocket.v4());
      return;
    }
    if (sockets.isEmpty()) {
      return;
    }
    WalkedSocket one = sockets.get(random.nextInt(sockets.size()));
    switch (one.stage) {
      case IDLE -> stepIdle(one);
      case LISTENING -> stepListening(one);
      case CONNECTED -> stepConnected(one);
      default -> stepOver(one); // OVER
    }
  }

  private WalkedSocket add(TestSocket socket) {
    WalkedSocket walked = new WalkedSocket(socket);
    sockets.add(walked);
    all.add(walked);
    return walked;
  }

  private void stepIdle(WalkedSocket one) {
    switch (random.nextInt(8)) {
      case 0 -> remove(one);
      case 1, 2 -> {
        one.socket.listen(8);
        one.stage = Stage.LISTENING;
      }
      case 3 -> {
        one.socket.set(SocketOption.FAST_OPEN_CONNECT, 0);
        one.begin(true, false);
        assertThat(one.socket.tryConnect(NOBODY)).isEqualTo(Errno.ECONNREFUSED);
      }
      case 4 -> connect(one, true);
      default -> connect(one, false);
    }
  }

  private void connect(WalkedSocket client, boolean fastOpen) {
    List<WalkedSocket> listeners =
        sockets.stream().filter(socket -> socket.stage == Stage.LISTENING).toList();
    if (listeners.isEmpty()) {
      return;
    }
    WalkedSocket listener = listeners.get(random.nextInt(listeners.size()));
    int early = fastOpen ? 1 + random.nextInt(1000) : 0;
    client.socket.set(SocketOption.FAST_OPEN_CONNECT, fastOpen ? 1 : 0);
    client.begin(true, true);
    client.socket.connect(Endpoint.of("127.0.0.1", listener.socket.localEndpoint().port()));
    if (fastOpen) {
      client.socket.sendAll(early);
    }
    WalkedSocket server = add(listener.socket.accept());
    server.begin(false, true);
    client.connectedTo(server);
    server.connectedTo(client);
    server.socket.receiveExactly(early);
    client.life().sentBytes += early;
    server.life().receivedBytes += early;
  }

  private void stepListening(WalkedSocket one) {
    switch (random.nextInt(8)) {
      case 0 -> remove(one);
      case 1 -> {
        one.socket.disconnect();
        one.stage = Stage.IDLE;
      }
      case 2 -> {
        one.socket.stopListening();
        one.stage = Stage.IDLE;
      }
      case 3 -> one.socket.listen(random.nextInt(1, 16)); // changes the backlog only
      default -> {}
    }
  }

  private void stepConnected(WalkedSocket one) {
    one.life().calls++;
    switch (random.nextInt(12)) {
      case 0 -> reset(one, false);
      case 1 -> reset(one, true);
      case 2, 3 -> shutdownWrite(one);
      case 4 -> {
        if (one.finSent || one.finRead) {
          end(one); // by FIN, or by the second FIN
        }
      }
      default -> send(one, 1 + random.nextInt(MOST_BYTES));
    }
  }

  private void send(WalkedSocket from, int bytes) {
    if (from.finSent) {
      return;
    }
    from.socket.sendAll(bytes);
    from.peer.socket.receiveExactly(bytes);
    from.life().sentBytes += bytes;
    from.peer.life().receivedBytes += bytes;
  }

  private void shutdownWrite(WalkedSocket one) {
    if (one.finSent) {
      return;
    }
    one.socket.shutdownWrite();
    assertThat(one.peer.socket.receiveToEnd()).isEmpty();
    one.finSent = true;
    one.peer.finRead = true;
    if (one.finRead) {
      over(one);
    }
  }

  /** Both sides by FIN. */
  private void end(WalkedSocket one) {
    shutdownWrite(one);
    if (one.stage == Stage.CONNECTED) {
      shutdownWrite(one.peer);
    }
  }

  private void over(WalkedSocket one) {
    one.stage = Stage.OVER;
    one.peer.stage = Stage.OVER;
  }

  /** By disconnect, after which the socket is used again, or by closing it. */
  private void reset(WalkedSocket one, boolean disconnect) {
    WalkedSocket peer = one.peer;
    if (disconnect) {
      one.socket.disconnect();
      one.stage = Stage.IDLE;
    } else {
      one.socket.lingerSeconds(0);
      remove(one);
    }
    peer.stage = Stage.OVER;
  }

  private void stepOver(WalkedSocket one) {
    if (random.nextInt(3) == 0) {
      remove(one);
      return;
    }
    one.socket.takeError();
    one.socket.disconnect();
    one.stage = Stage.IDLE;
  }

  private void remove(WalkedSocket one) {
    one.socket.close();
    sockets.remove(one);
  }

  /** Ends all by FIN. */
  void endAll() {
    for (WalkedSocket one : List.copyOf(sockets)) {
      if (one.stage == Stage.CONNECTED) {
        end(one);
      }
    }
    close();
  }

  @Override
  public void close() {
    List.copyOf(sockets).forEach(this::remove);
  }
}
