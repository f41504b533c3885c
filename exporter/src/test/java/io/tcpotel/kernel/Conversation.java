// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestSocket;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * One connection from connect() to the end, and what the application, TCP_INFO and getsockopt knew
 * about it on the way. Both ends in the calling thread.
 */
final class Conversation {
  static final int UNREAD_BYTES = 777;
  static final int HALF_CLOSE_BYTES = 5_000;

  private static final Path COMMAND = Path.of("/proc/thread-self/comm");
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final long LATE_MS = 60;

  /**
   * What is to happen.
   *
   * @param clientBytes payload from client to server, all of it read
   */
  record Plan(String address, int clientBytes, int serverBytes, Ending ending) {}

  /**
   * What one end knows about itself.
   *
   * @param opened after the handshake
   * @param last when everything was exchanged and acknowledged, just before the first FIN or reset
   */
  record End(
      Endpoint local, Endpoint peer, long cookie, String command, TcpInfo opened, TcpInfo last) {}

  private final Plan plan;
  private final TestSocket client;
  private final TestSocket server;
  private final String listenerCommand;
  private final TcpInfo clientOpened;
  private final TcpInfo serverOpened;
  private final long beforeConnectNs;
  private final long afterAcceptNs;
  private End clientEnd;
  private End serverEnd;
  private long beforeEndNs;
  private int generation;

  /** Connects {@code client} to {@code listener}, which the thread of that command listens on. */
  Conversation(Plan plan, TestSocket client, TestSocket listener, String listenerCommand) {
    this.plan = plan;
    this.client = client;
    this.listenerCommand = listenerCommand;
    beforeConnectNs = System.nanoTime();
    client.connect(Endpoint.of(plan.address(), listener.localEndpoint().port()));
    server = listener.accept();
    afterAcceptNs = System.nanoTime();
    clientOpened = client.tcpInfo();
    serverOpened = server.tcpInfo();
  }

  /** Gives the calling thread its command: the kernel's, of at most 15 characters. */
  static void nameThread(String command) throws IOException {
    Files.writeString(COMMAND, command);
    assertThat(threadCommand()).isEqualTo(command);
  }

  static String threadCommand() throws IOException {
    return Files.readString(COMMAND).strip();
  }

  /** For a socket that was connected before: how often. */
  Conversation generation(int times) {
    generation = times;
    return this;
  }

  /** Exchanges the payload and ends the connection as planned. */
  Conversation run() throws IOException {
    exchange(client, server, plan.clientBytes());
    exchange(server, client, plan.serverBytes());
    if (plan.ending().leavesUnread(true)) {
      server.sendAll(UNREAD_BYTES);
    }
    if (plan.ending().leavesUnread(false)) {
      client.sendAll(UNREAD_BYTES);
    }
    // What is under way could still become a sample of the round trip after TCP_INFO is read.
    await(
        "acknowledgement of everything",
        () ->
            client.tcpInfo().bytesAcked() == acknowledged(true)
                && server.tcpInfo().bytesAcked() == acknowledged(false));
    clientEnd = end(client, threadCommand(), clientOpened);
    serverEnd = end(server, listenerCommand, serverOpened);
    beforeEndNs = System.nanoTime();
    finish();
    return this;
  }

  /** TCP_INFO counts the SYN of an active open. */
  private long acknowledged(boolean byClient) {
    boolean unread = plan.ending().leavesUnread(!byClient);
    int payload = byClient ? plan.clientBytes() : plan.serverBytes();
    return payload + (unread ? UNREAD_BYTES : 0) + (byClient ? 1 : 0);
  }

  private static End end(TestSocket socket, String command, TcpInfo opened) {
    return new End(
        socket.localEndpoint(),
        socket.peerEndpoint(),
        socket.cookie(),
        command,
        opened,
        socket.tcpInfo());
  }

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
    sending.orTimeout(LIMIT.toSeconds(), TimeUnit.SECONDS).join();
  }

  private void finish() {
    switch (plan.ending()) {
      case CLIENT_FIN -> closeBoth(client, server);
      case SERVER_FIN -> closeBoth(server, client);
      case CLIENT_CLOSE_SERVER_LATE -> closeLate(client, server);
      case SERVER_CLOSE_CLIENT_LATE -> closeLate(server, client);
      case HALF_CLOSE -> halfClose();
      case CLIENT_RESET -> resetBy(client, server);
      case SERVER_RESET -> resetBy(server, client);
      case CLIENT_DISCONNECT -> disconnect();
      case SERVER_UNREAD -> closeUnread(server, client);
      case CLIENT_UNREAD -> closeUnread(client, server);
      case SERVER_UNREAD_AFTER_FIN -> {
        finish(client);
        closeUnread(server, client);
      }
      case SERVER_RESET_AFTER_CLIENT_FIN -> {
        finish(client);
        server.receiveToEnd();
        resetBy(server, client);
      }
      case SERVER_FIN_THEN_RESET -> {
        finish(server);
        resetBy(server, client);
      }
      default -> throw new AssertionError(plan.ending());
    }
  }

  private static void closeBoth(TestSocket first, TestSocket second) {
    first.shutdownWrite();
    assertThat(second.receiveToEnd()).isEmpty();
    second.close();
    assertThat(first.receiveToEnd()).isEmpty();
    first.close();
  }

  private static void closeLate(TestSocket first, TestSocket second) {
    long segsOut = second.tcpInfo().segsOut();
    first.close();
    pause(LATE_MS);
    await("the delayed ACK of the FIN", () -> second.tcpInfo().segsOut() > segsOut);
    assertThat(second.receiveToEnd()).isEmpty();
    second.close();
  }

  private void halfClose() {
    client.shutdownWrite();
    assertThat(server.receiveToEnd()).isEmpty();
    exchange(server, client, HALF_CLOSE_BYTES);
    server.close();
    assertThat(client.receiveToEnd()).isEmpty();
    client.close();
  }

  /** Sends the FIN and waits for its acknowledgement. */
  private static void finish(TestSocket socket) {
    socket.shutdownWrite();
    await("FIN_WAIT2", () -> socket.tcpInfo().state() == TcpInfo.FIN_WAIT2);
  }

  private static void resetBy(TestSocket by, TestSocket other) {
    by.reset();
    closeAfterReset(other);
  }

  private static void closeUnread(TestSocket by, TestSocket other) {
    by.close();
    closeAfterReset(other);
  }

  private void disconnect() {
    client.disconnect();
    closeAfterReset(server);
  }

  private static void closeAfterReset(TestSocket socket) {
    await("reset", () -> socket.tcpInfo().state() == TcpInfo.CLOSE);
    socket.close();
  }

  static void await(String what, BooleanSupplier condition) {
    long deadlineNs = System.nanoTime() + LIMIT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime() - deadlineNs).as("waiting for %s", what).isNegative();
      pause(1);
    }
  }

  private static void pause(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  /** Nothing is open any more after a run that went well. */
  void closeSockets() {
    client.close();
    server.close();
  }

  Plan plan() {
    return plan;
  }

  End end(boolean ofClient) {
    return ofClient ? clientEnd : serverEnd;
  }

  int generation(boolean ofClient) {
    return ofClient ? generation : 0;
  }

  long beforeConnectNs() {
    return beforeConnectNs;
  }

  long afterAcceptNs() {
    return afterAcceptNs;
  }

  long beforeEndNs() {
    return beforeEndNs;
  }

  /** Payload that this end sent. */
  long sentBytes(boolean byClient) {
    long unread = plan.ending().leavesUnread(!byClient) ? UNREAD_BYTES : 0;
    long late = plan.ending() == Ending.HALF_CLOSE && !byClient ? HALF_CLOSE_BYTES : 0;
    return (byClient ? plan.clientBytes() : plan.serverBytes()) + unread + late;
  }

  @Override
  public String toString() {
    return plan + " generation " + generation;
  }
}
