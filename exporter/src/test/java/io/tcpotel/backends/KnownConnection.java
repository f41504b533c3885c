// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Endpoint;

/**
 * A connection, or a connect that failed, as the applications at its ends know it: nothing in here
 * comes from the program.
 */
final class KnownConnection {
  private final Workload client;
  private final Endpoint peer;
  private Workload server;
  private Endpoint local;
  private long cookie;
  private String clientError = "";
  private String serverError = "";
  private boolean established;
  private boolean open;
  private long sentBytes;
  private long receivedBytes;
  private final long beganNs = System.nanoTime();
  private long establishedNs;
  private long leastNs;
  private long mostNs;
  private long rttUs;

  /** A connect of {@code client} to {@code peer}. */
  KnownConnection(Workload client, Endpoint peer) {
    this.client = client;
    this.peer = peer;
  }

  /** The workload that connects. */
  Workload client() {
    return client;
  }

  /** The workload that accepts; null if no agent sees it. */
  Workload server() {
    return server;
  }

  /** Of the client's socket. */
  Endpoint local() {
    return local;
  }

  /** That the client asked for. */
  Endpoint peer() {
    return peer;
  }

  /** That the client asked for. */
  int port() {
    return peer.port();
  }

  /** Of the client's socket: the first part of the connection's id. */
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

  boolean isEstablished() {
    return established;
  }

  /** When the fleet's traffic is over. */
  boolean isOpen() {
    return open;
  }

  /** Payload from the client to the server, acknowledged. */
  long sentBytes() {
    return sentBytes;
  }

  /** Payload from the server to the client. */
  long receivedBytes() {
    return receivedBytes;
  }

  /** The client's end lived at least so long. */
  long leastNs() {
    return leastNs;
  }

  /** The client's end lived at most so long. */
  long mostNs() {
    return mostNs;
  }

  /** Smoothed, of the client's socket before it closed; 0 if it has none. */
  long rttUs() {
    return rttUs;
  }

  KnownConnection from(Endpoint local, long cookie) {
    this.local = local;
    this.cookie = cookie;
    return this;
  }

  KnownConnection establish() {
    establishedNs = System.nanoTime();
    established = true;
    open = true;
    return this;
  }

  KnownConnection to(Workload server) {
    this.server = server;
    return this;
  }

  void carry(long sentBytes, long receivedBytes) {
    this.sentBytes += sentBytes;
    this.receivedBytes += receivedBytes;
  }

  /** The client begins to end it. */
  void leave(long rttUs) {
    leastNs = System.nanoTime() - establishedNs;
    this.rttUs = rttUs;
  }

  /** Both ends are gone. */
  void end(String clientError, String serverError) {
    mostNs = System.nanoTime() - beganNs;
    this.clientError = clientError;
    this.serverError = serverError;
    open = false;
  }
}
