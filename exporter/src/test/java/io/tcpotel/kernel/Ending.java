// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.util.List;

/** The kinds of ends that a connection with two ends can have. */
enum Ending {
  CLIENT_FIRST {
    @Override
    void end(TestSocket client, TestSocket server) {
      new SocketPair(client, server).finish();
    }
  },
  SERVER_FIRST {
    @Override
    void end(TestSocket client, TestSocket server) {
      new SocketPair(server, client).finish();
    }
  },
  /** As good as at once. */
  BOTH_CLOSE {
    @Override
    void end(TestSocket client, TestSocket server) {
      client.close();
      server.close();
    }
  },
  CLIENT_RESETS {
    @Override
    void end(TestSocket client, TestSocket server) {
      client.reset();
      server.close();
    }
  },
  SERVER_RESETS {
    @Override
    void end(TestSocket client, TestSocket server) {
      server.reset();
      client.close();
    }
  },
  CLIENT_LEAVES_DATA_UNREAD {
    @Override
    void end(TestSocket client, TestSocket server) {
      leaveUnread(client, server);
    }
  },
  SERVER_LEAVES_DATA_UNREAD {
    @Override
    void end(TestSocket client, TestSocket server) {
      leaveUnread(server, client);
    }
  },
  /** connect() to AF_UNSPEC. */
  CLIENT_DISCONNECTS {
    @Override
    void end(TestSocket client, TestSocket server) {
      client.disconnect();
      server.close();
      client.close();
    }
  },
  /** Data arrives for a socket that is closed, and is answered by a reset. */
  SERVER_SENDS_AFTER_THE_END {
    @Override
    void end(TestSocket client, TestSocket server) {
      client.close();
      server.sendAll(5);
      Await.until("reset", () -> server.tcpInfo().state() == TcpInfo.CLOSE);
      server.close();
    }
  },
  CLIENT_RESETS_BEFORE_ACCEPT {
    @Override
    void endUnaccepted(TestSocket client, TestSocket listener) {
      client.reset();
      listener.close();
    }
  },
  NEVER_ACCEPTED {
    @Override
    void endUnaccepted(TestSocket client, TestSocket listener) {
      listener.close();
      Await.until("reset", () -> client.tcpInfo().state() == TcpInfo.CLOSE);
      client.close();
    }
  },
  /** Both ends wait for an acknowledgement; see {@link #timeOut}. */
  TIMED_OUT {
    @Override
    void end(TestSocket client, TestSocket server) {
      throw new IllegalStateException("all of them together");
    }
  };

  private static final int TIMEOUT_MS = 300;
  private static final int SENT_BYTES = 3;

  /** Ends a connection; both sockets are closed then. */
  void end(TestSocket client, TestSocket server) {
    throw new IllegalStateException("ends before it is accepted");
  }

  /** Ends one that waits for accept(). */
  void endUnaccepted(TestSocket client, TestSocket listener) {
    TestSocket server = listener.accept();
    server.receiveExactly(SENT_BYTES);
    end(client, server);
  }

  private static void leaveUnread(TestSocket reader, TestSocket writer) {
    writer.sendAll(1_000);
    reader.receiveExactly(1);
    reader.close();
    writer.close();
  }

  /** Makes a connection and ends it. */
  void run(TestNetwork network, Way way, boolean v4) {
    try (TestSocket listener = way.listen(network, v4);
        TestSocket client = way.connect(network, v4)) {
      client.sendAll(SENT_BYTES);
      // Acknowledged with the SYN: the server's end has been established.
      Await.until("acknowledged", () -> client.tcpInfo().bytesAcked() == 1 + SENT_BYTES);
      endUnaccepted(client, listener);
    }
  }

  /** Ends them without a segment that arrives. */
  static void timeOut(TestNetwork network, List<SocketPair> pairs) {
    network.forward("meta l4proto tcp drop");
    for (SocketPair pair : pairs) {
      pair.client().userTimeoutMs(TIMEOUT_MS).sendAll(1);
      pair.server().userTimeoutMs(TIMEOUT_MS).sendAll(1);
    }
    for (SocketPair pair : pairs) {
      Await.until(
          "both ends timed out",
          () ->
              pair.client().tcpInfo().state() == TcpInfo.CLOSE
                  && pair.server().tcpInfo().state() == TcpInfo.CLOSE);
      pair.close();
    }
    network.forward();
  }
}
