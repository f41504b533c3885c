// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestSocket;
import java.util.Random;

/**
 * A connection whose both ends send, read, half-close and end as a random generator says, and what
 * each of them sent and read. In one thread, so nothing may be sent that would have to wait.
 */
final class RandomConnection {
  /** One end, and what it has done. */
  static final class End {
    private final TestSocket socket;
    private final long cookie;
    private long sentBytes;
    private long readBytes;
    private boolean finished;

    private End(TestSocket socket) {
      this.socket = socket;
      cookie = socket.cookie();
    }

    long cookie() {
      return cookie;
    }

    long sentBytes() {
      return sentBytes;
    }

    /** By the application, which may leave something unread. */
    long readBytes() {
      return readBytes;
    }
  }

  private static final String[] ADDRESSES = {"127.0.0.1", "::1", "::ffff:127.0.0.1"};

  private final End client;
  private final End server;
  private final int mostUnderWayBytes;
  private boolean endedByFins;

  /** Connects over an address of either family. */
  RandomConnection(Random random, int mostUnderWayBytes) {
    SocketPair pair = SocketPair.over(ADDRESSES[random.nextInt(ADDRESSES.length)]);
    client = new End(pair.client());
    server = new End(pair.server());
    this.mostUnderWayBytes = mostUnderWayBytes;
  }

  End client() {
    return client;
  }

  End server() {
    return server;
  }

  /** Everything was read, and both ends ended by FIN. */
  boolean endedByFins() {
    return endedByFins;
  }

  private static int unread(End from, End to) {
    return (int) (from.sentBytes - to.readBytes);
  }

  void step(Random random) {
    boolean up = random.nextBoolean();
    End from = up ? client : server;
    End to = up ? server : client;
    int choice = random.nextInt(20);
    if (choice == 0) {
      finish(from);
    } else if (choice < 11) {
      send(random, from, to);
    } else {
      read(to, random.nextInt(1 + unread(from, to)));
    }
  }

  private void send(Random random, End from, End to) {
    int room = mostUnderWayBytes - unread(from, to);
    if (!from.finished && room > 0) {
      int bytes = random.nextInt(4) == 0 ? 1 : 1 + random.nextInt(room);
      from.socket.sendAll(bytes);
      from.sentBytes += bytes;
    }
  }

  private static void read(End by, int bytes) {
    by.socket.receiveExactly(bytes);
    by.readBytes += bytes;
  }

  private static void finish(End end) {
    if (!end.finished) {
      end.socket.shutdownWrite();
      end.finished = true;
    }
  }

  /** Ends the connection in one way or another; both sockets are closed then. */
  void end(Random random) {
    boolean byClient = random.nextBoolean();
    End first = byClient ? client : server;
    End second = byClient ? server : client;
    switch (random.nextInt(5)) {
      case 0 -> {
        first.socket.reset();
        second.socket.close();
      }
      case 1 -> {
        first.socket.close();
        second.socket.close();
      }
      default -> endByFins(first, second);
    }
  }

  private void endByFins(End first, End second) {
    endedByFins = true;
    read(second, unread(first, second));
    read(first, unread(second, first));
    finish(first);
    second.readBytes += second.socket.receiveToEnd().length;
    second.socket.close();
    first.readBytes += first.socket.receiveToEnd().length;
    first.socket.close();
  }

  void close() {
    client.socket.close();
    server.socket.close();
  }
}
