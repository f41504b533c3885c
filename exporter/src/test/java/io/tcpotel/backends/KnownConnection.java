// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;

/**
 * A connection, or a connect that failed, as the applications at its ends know it: nothing in here
 * comes from the program.
 */
final class KnownConnection {
  /** Who began to end a connection. */
  enum Closer {
    CLIENT,
    SERVER,
    /** Nobody: it was reset, or did not begin. */
    NOBODY
  }

  private final Workload client;
  private final Endpoint peer;
  private final long beganNs = System.nanoTime();
  private long establishedNs;
  private Workload server;
  private int serverPort;
  private Endpoint local;
  private long cookie;
  private String clientError = "";
  private String serverError = "";
  private Closer closer = Closer.NOBODY;
  private boolean open;
  private boolean accepted;
  private long sentBytes;
  private long receivedBytes;
  private double carriedSeconds;
  private long mostHandshakeNs;
  private long leastNs;
  private long mostNs;
  private TcpInfo last;

  /** A connect of {@code client} to {@code peer}. */
  KnownConnection(Workload client, Endpoint peer) {
    this.client = client;
    this.peer = peer;
  }

  /** The workload that connects. */
  Workload client() {
    return client;
  }

  /** The workload that listens; null if the server's end is none, or none of a watched host. */
  Workload server() {
    return server;
  }

  boolean hasServer() {
    return server != null;
  }

  /** Of the server's socket, behind a translation: another than {@link #port}. */
  int serverPort() {
    return serverPort;
  }

  /** Of the client's socket; of no address if its connect failed. */
  Endpoint local() {
    return local;
  }

  /** The client's port as the server sees it: one of the router's where that masquerades. */
  Cell portAtServer() {
    return port() == FleetPorts.MASQUERADED
        ? Cell.between(FleetPorts.FIRST_MASQUERADE, FleetPorts.LAST_MASQUERADE)
        : Cell.of(local.port());
  }

  /** That the client asked for. */
  Endpoint peer() {
    return peer;
  }

  String localAddress() {
    return TestNetwork.clientAddress(peer.isV4());
  }

  String peerAddress() {
    String text = peer.toString();
    return peer.isV4() ? text.substring(0, text.indexOf(':')) : TestNetwork.serverAddress(false);
  }

  /** That the client asked for. */
  int port() {
    return peer.port();
  }

  /** Of the client's socket: the first part of its connection's id. */
  long cookie() {
    return cookie;
  }

  /** As {@code error.type}; empty for none. */
  String clientError() {
    return clientError;
  }

  /** Likewise. */
  String serverError() {
    return serverError;
  }

  Closer closer() {
    return closer;
  }

  boolean isEstablished() {
    return establishedNs != 0;
  }

  /** When the fleet's traffic is over. */
  boolean isOpen() {
    return open;
  }

  boolean isEnded() {
    return isEstablished() && !open;
  }

  /** By the server's application. */
  boolean isAccepted() {
    return accepted;
  }

  /** Payload from the client to the server, acknowledged. */
  long sentBytes() {
    return sentBytes;
  }

  /** Payload from the server to the client. */
  long receivedBytes() {
    return receivedBytes;
  }

  /** When it last carried payload: seconds since 1970. */
  double carriedSeconds() {
    return carriedSeconds;
  }

  /** The client's connect() took so long, at most. */
  long mostHandshakeNs() {
    return mostHandshakeNs;
  }

  /** The client's end lived at least so long. */
  long leastNs() {
    return leastNs;
  }

  /** The client's end lived at most so long. */
  long mostNs() {
    return mostNs;
  }

  /** Of the client's socket before it closed. */
  TcpInfo last() {
    return last;
  }

  /** The client's socket. */
  KnownConnection of(TestSocket socket) {
    local = socket.localEndpoint();
    cookie = socket.cookie();
    return this;
  }

  /** Established, to a listener at that port. */
  KnownConnection to(Workload server, int serverPort) {
    establishedNs = System.nanoTime();
    mostHandshakeNs = establishedNs - beganNs;
    open = true;
    this.server = server;
    this.serverPort = serverPort;
    return this;
  }

  void accept() {
    accepted = true;
  }

  void carry(long sentBytes, long receivedBytes) {
    this.sentBytes += sentBytes;
    this.receivedBytes += receivedBytes;
    carriedSeconds = System.currentTimeMillis() / 1e3;
  }

  /** It begins to end. */
  void leave(TcpInfo last, Closer closer) {
    leastNs = System.nanoTime() - establishedNs;
    this.last = last;
    this.closer = closer;
  }

  /** Both ends are gone. */
  void end(String clientError, String serverError) {
    mostNs = System.nanoTime() - beganNs;
    this.clientError = clientError;
    this.serverError = serverError;
    open = false;
  }

  /** It never was established. */
  void fail(String error) {
    end(error, "");
  }
}
