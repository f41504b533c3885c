// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.kernel.Conversation.Plan;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** 23 connections of all kinds, one after the other. */
final class Conversations implements AutoCloseable {
  private static final String V4 = "127.0.0.1";
  private static final String V6 = "::1";
  private static final String MAPPED = "::ffff:127.0.0.1";
  private static final int MEGABYTES = 3_000_000;

  private static final List<Plan> PLANS =
      List.of(
          new Plan(V4, 0, 0, Ending.CLIENT_FIN),
          new Plan(V6, 1, 0, Ending.CLIENT_FIN),
          new Plan(MAPPED, 0, 1, Ending.CLIENT_FIN),
          new Plan(V4, 100, 2_000, Ending.SERVER_FIN),
          new Plan(V6, 0, 0, Ending.SERVER_FIN),
          new Plan(MAPPED, 65_536, 1_448, Ending.SERVER_FIN),
          new Plan(V4, MEGABYTES, 10, Ending.CLIENT_FIN),
          new Plan(V6, 10, MEGABYTES, Ending.SERVER_FIN),
          new Plan(V4, 300, 400, Ending.CLIENT_CLOSE_SERVER_LATE),
          new Plan(V6, 500, 600, Ending.SERVER_CLOSE_CLIENT_LATE),
          new Plan(V4, 1_000, 20, Ending.HALF_CLOSE),
          new Plan(MAPPED, 30_000, 0, Ending.HALF_CLOSE),
          new Plan(V4, 40, 50, Ending.CLIENT_RESET),
          new Plan(V6, 60, 70, Ending.SERVER_RESET),
          new Plan(MAPPED, 0, 0, Ending.CLIENT_RESET),
          new Plan(V4, 80, 90, Ending.SERVER_UNREAD),
          new Plan(V6, 11, 12, Ending.CLIENT_UNREAD),
          new Plan(V4, 13, 14, Ending.SERVER_UNREAD_AFTER_FIN),
          new Plan(MAPPED, 15, 16, Ending.SERVER_RESET_AFTER_CLIENT_FIN),
          new Plan(V4, 17, 18, Ending.SERVER_FIN_THEN_RESET),
          // One socket, connected three times. The disconnect leaves ECONNRESET on the socket,
          // which
          // connect() clears only after the hook: the real one at the end must not be taken for it.
          new Plan(V4, 5_000, 6_000, Ending.CLIENT_DISCONNECT),
          new Plan(V4, 100, 200, Ending.CLIENT_DISCONNECT),
          new Plan(V4, 30, 7, Ending.SERVER_RESET));

  /** How many there are. */
  static final int COUNT = PLANS.size();

  private final Map<String, TestSocket> listeners = new HashMap<>();
  private final List<Conversation> conversations = new ArrayList<>();

  /** Has all of them in {@code namespace}, in the cgroup of this process. */
  void run(TestNamespace namespace) {
    // A probe for a lost tail would be a retransmission that nothing called for.
    namespace.sysctl("net.ipv4.tcp_early_retrans", "0");
    namespace.run(this::listen);
    namespace.run(this::converse);
  }

  List<Conversation> all() {
    return conversations;
  }

  @Override
  public void close() {
    conversations.forEach(Conversation::closeSockets);
    listeners.values().forEach(TestSocket::close);
  }

  private void listen() throws IOException {
    Conversation.nameThread("ktest-listener");
    for (String address : List.of(V4, V6, MAPPED)) {
      listeners.put(address, TestSocket.listening(Endpoint.of(address, 0)));
    }
  }

  private void converse() throws IOException {
    Conversation.nameThread("ktest-client");
    TestSocket again = null;
    int generation = 0;
    for (Plan plan : PLANS) {
      TestSocket client = again == null ? TestSocket.like(Endpoint.of(plan.address(), 0)) : again;
      try {
        Conversation conversation =
            new Conversation(plan, client, listeners.get(plan.address()), "ktest-listener");
        conversations.add(conversation);
        conversation.generation(generation).run();
      } catch (RuntimeException | AssertionError e) {
        client.close();
        throw new AssertionError(plan.toString(), e);
      }
      again = client.isOpen() ? client : null;
      generation = again == null ? 0 : generation + 1;
    }
  }
}
