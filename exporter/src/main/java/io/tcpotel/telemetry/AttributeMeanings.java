// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.Map;
import java.util.TreeMap;

/** For the documentation: when a log record has an attribute, and what it means. */
public final class AttributeMeanings {
  private static final String TABLE =
      """
      network.transport | always | Always tcp.
      network.type | always | ipv4 (also for an IPv4-mapped socket) or ipv6.
      network.local.address | always | Local address, RFC 5952.
      network.local.port | always | Local port, also of a failed connect.
      network.peer.address | always | The peer's address, RFC 5952.
      network.peer.port | always | The peer's port.
      server.port | if the role is known | The port of the server's end.
      error.type | if it ended with an error | See the list of errors.
      tcpotel.connection.id | always | 16 hexadecimal digits, unique until the next boot: socket cookie and generation.
      tcpotel.connection.role | always | client, server or unknown.
      network.connection.state | in updates and starts | established, fin_wait_1, fin_wait_2, close_wait, closing, last_ack.
      tcpotel.connection.established | always | Whether the handshake was complete.
      tcpotel.connection.duration | always | Time from connect() (client) or the end of the handshake (server) to the end.
      tcpotel.connection.preexisting | if true | The connection is older than tcpotel: its duration counts from tcpotel's start.
      tcpotel.transmit.bytes | not in starts | Payload that the peer acknowledged.
      tcpotel.receive.bytes | not in starts | Payload received in order.
      tcpotel.transmit.segments | not in starts | Segments sent, including pure ACKs.
      tcpotel.receive.segments | not in starts | Segments received, including pure ACKs.
      tcpotel.retransmits | not in starts | Retransmitted segments, including SYNs.
      tcpotel.rtt.smoothed | with a sample | Smoothed round-trip time at the first step out of ESTABLISHED.
      tcpotel.rtt.min | with a sample | Smallest round-trip time by then.
      tcpotel.mss | if established | Maximum segment size at the end.
      tcpotel.timeout.cause | with timed_out, and with canceled after a second SYN | What was not answered in time: data, keepalive or connect.
      tcpotel.connection.close.by | in ends, if established | local or remote: whose FIN was first; abort: neither, as by a reset or a timeout.
      tcpotel.limited_by | if one reaches a tenth of the duration | The largest of the following four: network, receiver, send_buffer or application.
      tcpotel.limited.network | if not 0 | Time in which data was on its way: round trips, congestion window, losses.
      tcpotel.limited.receiver | if not 0 | Likewise, the peer's window was full.
      tcpotel.limited.send_buffer | if not 0 | Likewise, the send buffer was full: at least.
      tcpotel.limited.application | if not 0 | The rest of the duration: nothing to send, or waiting for the peer.
      tcpotel.stalled.duration | if not 0 | Time from timeouts to their recovery; from Linux 6.7 on.
      tcpotel.timeouts | if not 0 | After the handshake; from Linux 6.7 on.
      tcpotel.handshake.duration | if known | connect() to established (client), or SYN-ACK to ACK (server).
      tcpotel.handshake.retransmits | if not 0 | SYNs or SYN-ACKs sent again; 255: or more.
      tcpotel.spurious_retransmits | if not 0 | Segments that the peer got twice, as it says (DSACK).
      tcpotel.out_of_order_segments | if not 0 | Segments received before an earlier one: the receiver's view of loss.
      tcpotel.delivered_ce | if not 0 | Segments that arrived marked by ECN.
      tcpotel.idle.transmit | if not 0 | Time since data was sent last.
      tcpotel.idle.receive | if not 0 | Time since data was received last.
      process.pid | if known | The owner: the process that called connect() or, for accepted connections, listen().
      process.executable.name | if known | Its name, cut off after 15 bytes; ? stands for all but printable ASCII.
      user.id | not in starts | The socket's user: once accepted, the acceptor's.
      tcpotel.closer.process.pid | if not the owner | The process of this host that closed the connection first.
      tcpotel.closer.process.executable.name | if not the owner | Its name.
      service.peer.name | if known | Name of the peer by the names file, else the service.name of a peer on this host.
      service.peer.namespace | if the names file has one | Its namespace.
      tcpotel.peer.container.id | if known | Container of a peer on this host.
      tcpotel.peer.k8s.pod.uid | if known | Its pod.
      tcpotel.listener.container.id | if the closer is in another | Container of the listener, where the resource is the closer's.
      tcpotel.listener.k8s.pod.uid | likewise | Its pod.
      tcpotel.listener.service.name | likewise | Its service, if the name has 63 bytes or less.
      sampling.threshold | if records are left out | Hexadecimal, right-padded with zeros to 14 digits: it stands for 1 / (1 - value / 2^56).
      sampling.randomness | likewise, without trace_id | 14 hexadecimal digits, not below the threshold.
      tcpotel.netns.id | always | The socket's network namespace: its cookie, unique until the next boot.
      tcpotel.lost | if not 0 | Segments that were ever marked lost.
      tcpotel.unacknowledged.bytes | if not 0 | Payload written that the peer has not acknowledged.
      tcpotel.unread.bytes | if not 0 | Payload received in order that the application has not read.
      tcpotel.connection.sequence | if known | Number of the report among the connection's, its start being 0; a gap is one that was lost, or not sent.
      tcpotel.connection.community_id | always | Community ID, version 1 with seed 0, as Zeek and Suricata write it.
      log.record.uid | always | UUID of the log record; the same if it is sent twice.
      tcpotel.event.name | always | The event's name, for backends that drop event_name.
      """;

  private static final Map<String, Meaning> BY_KEY = new TreeMap<>();

  /**
   * @param present when a record has it
   */
  public record Meaning(String present, String description) {}

  static {
    for (String line : TABLE.lines().toList()) {
      String[] cells = line.split(" [|] ", -1);
      BY_KEY.put(cells[0], new Meaning(cells[1], cells[2]));
    }
  }

  private AttributeMeanings() {}

  public static Meaning of(LogAttribute attribute) {
    return BY_KEY.get(attribute.key());
  }
}
