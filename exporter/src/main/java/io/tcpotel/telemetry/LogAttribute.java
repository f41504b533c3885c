// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

/** The attributes of an access-log record, in the order in which they are written. */
public enum LogAttribute {
  NETWORK_TRANSPORT("network.transport", "string", "always", "Always tcp."),
  NETWORK_TYPE(
      "network.type", "string", "always", "ipv4 (also for an IPv4-mapped socket) or ipv6."),
  NETWORK_LOCAL_ADDRESS("network.local.address", "string", "always", "Local address, RFC 5952."),
  NETWORK_LOCAL_PORT(
      "network.local.port", "int", "always", "Local port, also of a failed connect."),
  NETWORK_PEER_ADDRESS("network.peer.address", "string", "always", "The peer's address, RFC 5952."),
  NETWORK_PEER_PORT("network.peer.port", "int", "always", "The peer's port."),
  SERVER_PORT("server.port", "int", "if the role is known", "The port of the server's end."),
  ERROR_TYPE("error.type", "string", "if it ended with an error", "See the list of errors."),
  CONNECTION_ID(
      "tcpotel.connection.id",
      "string",
      "always",
      "16 hexadecimal digits, unique until the next boot: socket cookie and generation."),
  CONNECTION_ROLE("tcpotel.connection.role", "string", "always", "client, server or unknown."),
  NETWORK_CONNECTION_STATE(
      "network.connection.state",
      "string",
      "in updates and starts",
      "established, fin_wait_1, fin_wait_2, close_wait, closing, last_ack."),
  CONNECTION_ESTABLISHED(
      "tcpotel.connection.established", "boolean", "always", "Whether the handshake was complete."),
  CONNECTION_DURATION(
      "tcpotel.connection.duration",
      "double, s",
      "always",
      "Time from connect() (client) or the end of the handshake (server) to the end."),
  CONNECTION_PREEXISTING(
      "tcpotel.connection.preexisting",
      "boolean",
      "if true",
      "The connection is older than tcpotel: its duration counts from tcpotel's start."),
  TRANSMIT_BYTES(
      "tcpotel.transmit.bytes", "int, By", "not in starts", "Payload that the peer acknowledged."),
  RECEIVE_BYTES("tcpotel.receive.bytes", "int, By", "not in starts", "Payload received in order."),
  TRANSMIT_SEGMENTS(
      "tcpotel.transmit.segments",
      "int, {segment}",
      "not in starts",
      "Segments sent, including pure ACKs."),
  RECEIVE_SEGMENTS(
      "tcpotel.receive.segments",
      "int, {segment}",
      "not in starts",
      "Segments received, including pure ACKs."),
  RETRANSMITS(
      "tcpotel.retransmits",
      "int, {segment}",
      "not in starts",
      "Retransmitted segments, including SYNs."),
  RTT_SMOOTHED(
      "tcpotel.rtt.smoothed",
      "double, s",
      "with a sample",
      "Smoothed round-trip time at the first step out of ESTABLISHED."),
  RTT_MIN("tcpotel.rtt.min", "double, s", "with a sample", "Smallest round-trip time by then."),
  MSS("tcpotel.mss", "int, By", "if established", "Maximum segment size at the end.");

  private final String key;
  private final String type;
  private final String present;
  private final String description;

  LogAttribute(String key, String type, String present, String description) {
    this.key = key;
    this.type = type;
    this.present = present;
    this.description = description;
  }

  public String key() {
    return key;
  }

  /** Type and unit. */
  public String type() {
    return type;
  }

  /** When a record has it. */
  public String present() {
    return present;
  }

  public String description() {
    return description;
  }
}
