// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ClosedBy;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.IpAddress;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.record.TcpState;
import io.tcpotel.record.TimeoutCause;
import io.tcpotel.workload.PeerName;
import io.tcpotel.workload.Workload;
import java.util.Arrays;
import java.util.function.Function;

/**
 * The attributes of an access-log record, in the order in which they are written. Those of type
 * string say how long their text can be: the room that a batch keeps for a record follows from it.
 */
public enum LogAttribute {
  NETWORK_TRANSPORT("network.transport", 3, "always", "Always tcp."),
  NETWORK_TYPE("network.type", 4, "always", "ipv4 (also for an IPv4-mapped socket) or ipv6."),
  NETWORK_LOCAL_ADDRESS(
      "network.local.address", IpAddress.MAX_TEXT_BYTES, "always", "Local address, RFC 5952."),
  NETWORK_LOCAL_PORT(
      "network.local.port", "int", "always", "Local port, also of a failed connect."),
  NETWORK_PEER_ADDRESS(
      "network.peer.address", IpAddress.MAX_TEXT_BYTES, "always", "The peer's address, RFC 5952."),
  NETWORK_PEER_PORT("network.peer.port", "int", "always", "The peer's port."),
  SERVER_PORT("server.port", "int", "if the role is known", "The port of the server's end."),
  ERROR_TYPE(
      "error.type",
      longest(ErrorType.values(), ErrorType::value),
      "if it ended with an error",
      "See the list of errors."),
  CONNECTION_ID(
      "tcpotel.connection.id",
      16,
      "always",
      "16 hexadecimal digits, unique until the next boot: socket cookie and generation."),
  CONNECTION_ROLE(
      "tcpotel.connection.role",
      longest(ConnectionRole.values(), ConnectionRole::value),
      "always",
      "client, server or unknown."),
  NETWORK_CONNECTION_STATE(
      "network.connection.state",
      longest(TcpState.values(), TcpState::value),
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
  MSS("tcpotel.mss", "int, By", "if established", "Maximum segment size at the end."),
  TIMEOUT_CAUSE(
      "tcpotel.timeout.cause",
      longest(TimeoutCause.values(), TimeoutCause::value),
      "with timed_out, and with canceled after a second SYN",
      "What was not answered in time: data, keepalive or connect."),
  CONNECTION_CLOSE_BY(
      "tcpotel.connection.close.by",
      longest(ClosedBy.values(), ClosedBy::value),
      "in ends, if established",
      "local or remote: whose FIN was first; abort: neither, as by a reset or a timeout."),
  LIMITED_BY(
      "tcpotel.limited_by",
      longest(LimitedBy.values(), LimitedBy::value),
      "if one reaches a tenth of the duration",
      "The largest of the following four: network, receiver, send_buffer or application."),
  LIMITED_NETWORK(
      "tcpotel.limited.network",
      "double, s",
      "Time in which data was on its way: round trips, congestion window, losses."),
  LIMITED_RECEIVER(
      "tcpotel.limited.receiver", "double, s", "Likewise, the peer's window was full."),
  LIMITED_SEND_BUFFER(
      "tcpotel.limited.send_buffer", "double, s", "Likewise, the send buffer was full: at least."),
  LIMITED_APPLICATION(
      "tcpotel.limited.application",
      "double, s",
      "The rest of the duration: nothing to send, or waiting for the peer."),
  STALLED_DURATION(
      "tcpotel.stalled.duration",
      "double, s",
      "Time from timeouts to their recovery; from Linux 6.7 on."),
  TIMEOUTS("tcpotel.timeouts", "int, {timeout}", "After the handshake; from Linux 6.7 on."),
  HANDSHAKE_DURATION(
      "tcpotel.handshake.duration",
      "double, s",
      "if known",
      "connect() to established (client), or SYN-ACK to ACK (server)."),
  HANDSHAKE_RETRANSMITS(
      "tcpotel.handshake.retransmits",
      "int, {segment}",
      "SYNs or SYN-ACKs sent again; 255: or more."),
  SPURIOUS_RETRANSMITS(
      "tcpotel.spurious_retransmits",
      "int, {segment}",
      "Segments that the peer got twice, as it says (DSACK)."),
  OUT_OF_ORDER_SEGMENTS(
      "tcpotel.out_of_order_segments",
      "int, {segment}",
      "Segments received before an earlier one: the receiver's view of loss."),
  DELIVERED_CE("tcpotel.delivered_ce", "int, {segment}", "Segments that arrived marked by ECN."),
  IDLE_TRANSMIT("tcpotel.idle.transmit", "double, s", "Time since data was sent last."),
  IDLE_RECEIVE("tcpotel.idle.receive", "double, s", "Time since data was received last."),
  PROCESS_PID(
      "process.pid",
      "int",
      "if known",
      "The owner: the process that called connect() or, for accepted connections, listen()."),
  PROCESS_EXECUTABLE_NAME(
      "process.executable.name",
      ProbeAbi.TCP_PROBE_COMMAND_LENGTH(),
      "if known",
      "Its name, cut off after 15 bytes; ? stands for all but printable ASCII."),
  USER_ID("user.id", 10, "not in starts", "The socket's user: once accepted, the acceptor's."),
  CLOSER_PID(
      "tcpotel.closer.process.pid",
      "int",
      "if not the owner",
      "The process of this host that closed the connection first."),
  CLOSER_EXECUTABLE_NAME(
      "tcpotel.closer.process.executable.name",
      ProbeAbi.TCP_PROBE_COMMAND_LENGTH(),
      "if not the owner",
      "Its name."),
  SERVICE_PEER_NAME(
      "service.peer.name",
      PeerName.MAX_BYTES,
      "if known",
      "Name of the peer by the names file, else the service.name of a peer on this host."),
  SERVICE_PEER_NAMESPACE(
      "service.peer.namespace", PeerName.MAX_BYTES, "if the names file has one", "Its namespace."),
  PEER_CONTAINER_ID(
      "tcpotel.peer.container.id",
      Workload.MAX_CONTAINER_ID_BYTES,
      "if known",
      "Container of a peer on this host."),
  PEER_K8S_POD_UID("tcpotel.peer.k8s.pod.uid", 36, "if known", "Its pod."),
  LISTENER_CONTAINER_ID(
      "tcpotel.listener.container.id",
      Workload.MAX_CONTAINER_ID_BYTES,
      "if the closer is in another",
      "Container of the listener, where the resource is the closer's."),
  LISTENER_K8S_POD_UID("tcpotel.listener.k8s.pod.uid", 36, "likewise", "Its pod."),
  LISTENER_SERVICE_NAME(
      "tcpotel.listener.service.name",
      PeerName.MAX_BYTES,
      "likewise",
      "Its service, if the name has 63 bytes or less.");

  private final String key;
  private final String type;
  private final int longestText;
  private final String present;
  private final String description;

  /** A number that is left out if it is 0. */
  LogAttribute(String key, String type, String description) {
    this(key, type, "if not 0", description);
  }

  /** Of another type than string. */
  LogAttribute(String key, String type, String present, String description) {
    this(key, type, 0, present, description);
  }

  /** Of type string. */
  LogAttribute(String key, int longestText, String present, String description) {
    this(key, "string", longestText, present, description);
  }

  LogAttribute(String key, String type, int longestText, String present, String description) {
    this.key = key;
    this.type = type;
    this.longestText = longestText;
    this.present = present;
    this.description = description;
  }

  private static <T> int longest(T[] values, Function<T, String> text) {
    return Arrays.stream(values).map(text).mapToInt(String::length).max().orElseThrow();
  }

  /** Bytes of the longest text, of one of type string. */
  int longestText() {
    return longestText;
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
