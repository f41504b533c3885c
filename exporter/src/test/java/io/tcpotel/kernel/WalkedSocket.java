// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.testing.TestSocket;
import java.util.ArrayList;
import java.util.List;

/** A socket of a walk, and what its connections must be reported as: the model. */
final class WalkedSocket {
  /** Where the socket stands between two steps. */
  enum Stage {
    /** Neither connected nor listening, used before or not. */
    IDLE,
    LISTENING,
    CONNECTED,
    /** The peer has reset the connection, or both sides have ended it. */
    OVER
  }

  /** One connection of this socket, established or failed. */
  static final class Life {
    final boolean outbound;
    final boolean established;
    final long beginNs = System.nanoTime();
    long sentBytes;
    long receivedBytes;
    int calls;

    Life(boolean outbound, boolean established) {
      this.outbound = outbound;
      this.established = established;
    }
  }

  final TestSocket socket;
  final long cookie;
  final List<Life> lives = new ArrayList<>();
  Stage stage = Stage.IDLE;
  WalkedSocket peer;
  boolean finSent;
  boolean finRead;

  WalkedSocket(TestSocket socket) {
    this.socket = socket;
    this.cookie = socket.cookie();
  }

  Life life() {
    return lives.get(lives.size() - 1);
  }

  void begin(boolean outbound, boolean established) {
    lives.add(new Life(outbound, established));
    finSent = false;
    finRead = false;
  }

  void connectedTo(WalkedSocket other) {
    peer = other;
    stage = Stage.CONNECTED;
  }
}
