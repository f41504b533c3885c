// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_tuple;
import io.tcpotel.proto.v1.Connection;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.IpAddress;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * The message {@code tcpotel.v1.Connection} as the kernel's record again: the inverse of {@link
 * ConnectionMessage}. A name that was no UTF-8 comes back with replacement characters, cut to its
 * field.
 */
final class ConnectionImage {
  private static final int LARGEST_BYTE = 0xff;
  private static final int LARGEST_SHORT = 0xffff;

  private ConnectionImage() {}

  /**
   * The size of the record; throws IllegalArgumentException if the message's kind is not one of a
   * connection.
   */
  static int bytes(Connection message) {
    int number = message.getKindValue();
    RecordKind kind = RecordKind.of(number);
    require("kind", number, kind != null && kind != RecordKind.LISTENER);
    return kind.bytes();
  }

  /**
   * Writes {@code message} into {@code image}, zeroed and of {@link #bytes}; throws
   * IllegalArgumentException that names the field, or says that several contradict each other.
   */
  static void write(Connection message, MemorySegment image) {
    int bytes = bytes(message);
    tcp_probe_info.version(image, (short) ProbeAbi.TCP_PROBE_VERSION());
    tcp_probe_info.size(image, (short) bytes);
    writeIdentity(message, image);
    writeStates(message, image);
    writeTuple(message.getTuple(), tcp_probe_info.tuple(image));
    writeTotals(message, image);
    writeReported(message, image);
    writeText(message.getCommand(), tcp_probe_info.command(image));
    if (bytes > ProbeAbi.TCP_PROBE_SHORT_BYTES()) {
      writeWaits(message, image);
      writeReportedWaits(message, image);
      writeCloser(message, image);
    }
    ConnectionRecord written = new ConnectionRecord().copyFrom(image, 0);
    if (!written.check(bytes).isReadable()) {
      throw new IllegalArgumentException("its fields contradict each other");
    }
  }

  private static void writeIdentity(Connection message, MemorySegment image) {
    int type = message.getTypeValue();
    require("type", type, type == ConnectionRecord.IPV4 || type == ConnectionRecord.IPV6);
    tcp_probe_info.kind(image, (byte) message.getKindValue());
    tcp_probe_info.type(image, (byte) type);
    tcp_probe_info.protocol(image, u8("protocol", message.getProtocol()));
    tcp_probe_info.direction(image, u8("direction", message.getDirectionValue()));
    tcp_probe_info.generation(image, message.getGeneration());
    tcp_probe_info.socket_cookie(image, message.getSocketCookie());
    tcp_probe_info.netns_cookie(image, message.getNetnsCookie());
    tcp_probe_info.cgroup_id(image, message.getCgroupId());
    tcp_probe_info.duration(image, message.getDuration());
    tcp_probe_info.close_ns(image, message.getCloseNs());
    tcp_probe_info.local_isn(image, message.getLocalIsn());
    tcp_probe_info.peer_isn(image, message.getPeerIsn());
    tcp_probe_info.pid(image, message.getPid());
  }

  private static void writeStates(Connection message, MemorySegment image) {
    tcp_probe_info.state(image, u8("state", message.getStateValue()));
    tcp_probe_info.previous_state(image, u8("previous_state", message.getPreviousStateValue()));
    tcp_probe_info.conn_success(image, u8(message.getConnSuccess()));
    tcp_probe_info.open_reported(image, u8(message.getOpenReported()));
    tcp_probe_info.closed_by(image, u8("closed_by", message.getClosedByValue()));
    tcp_probe_info.fin_received(image, u8(message.getFinReceived()));
    tcp_probe_info.sk_err(image, u16("sk_err", message.getSkErr()));
    tcp_probe_info.preexisting(image, u8(message.getPreexisting()));
    tcp_probe_info.syn_retransmits(image, u8("syn_retransmits", message.getSynRetransmits()));
    tcp_probe_info.timeouts_in_a_row(image, u8("timeouts_in_a_row", message.getTimeoutsInARow()));
    tcp_probe_info.window_probes(image, u8("window_probes", message.getWindowProbes()));
  }

  private static void writeTuple(Connection.Tuple message, MemorySegment tuple) {
    writeAddress("local_address", message.getLocalAddress(), tcp_probe_tuple.local_address(tuple));
    writeAddress("peer_address", message.getPeerAddress(), tcp_probe_tuple.peer_address(tuple));
    tcp_probe_tuple.local_port(tuple, u16("local_port", message.getLocalPort()));
    tcp_probe_tuple.peer_port(tuple, u16("peer_port", message.getPeerPort()));
  }

  private static void writeAddress(String field, String text, MemorySegment to) {
    if (!IpAddress.read(text, to, 0)) {
      throw new IllegalArgumentException(field + " is no address");
    }
  }

  private static void writeTotals(Connection message, MemorySegment image) {
    tcp_probe_info.sent_bytes(image, message.getSentBytes());
    tcp_probe_info.received_bytes(image, message.getReceivedBytes());
    tcp_probe_info.segs_out(image, message.getSegsOut());
    tcp_probe_info.segs_in(image, message.getSegsIn());
    tcp_probe_info.total_retrans(image, message.getTotalRetrans());
    tcp_probe_info.lost(image, message.getLost());
    tcp_probe_info.lost_out(image, message.getLostOut());
    tcp_probe_info.unacked_bytes(image, message.getUnackedBytes());
    tcp_probe_info.unread_bytes(image, message.getUnreadBytes());
    tcp_probe_info.srtt_us(image, message.getSrttUs());
    tcp_probe_info.rtt_min(image, message.getRttMin());
    tcp_probe_info.mss_cache(image, message.getMssCache());
  }

  private static void writeReported(Connection message, MemorySegment image) {
    tcp_probe_info.reported_sent_bytes(image, message.getReportedSentBytes());
    tcp_probe_info.reported_received_bytes(image, message.getReportedReceivedBytes());
    tcp_probe_info.reported_segs_out(image, message.getReportedSegsOut());
    tcp_probe_info.reported_segs_in(image, message.getReportedSegsIn());
    tcp_probe_info.reported_total_retrans(image, message.getReportedTotalRetrans());
    tcp_probe_info.reported_lost(image, message.getReportedLost());
  }

  private static void writeWaits(Connection message, MemorySegment image) {
    tcp_probe_info.network_limited_ms(image, message.getNetworkLimitedMs());
    tcp_probe_info.receiver_limited_ms(image, message.getReceiverLimitedMs());
    tcp_probe_info.send_buffer_limited_ms(image, message.getSendBufferLimitedMs());
    tcp_probe_info.stalled_ms(image, message.getStalledMs());
    tcp_probe_info.spurious_retransmits(image, message.getSpuriousRetransmits());
    tcp_probe_info.out_of_order_segments(image, message.getOutOfOrderSegments());
    tcp_probe_info.timeouts(image, u16("timeouts", message.getTimeouts()));
    tcp_probe_info.flags(image, u16("flags", message.getFlags()));
    tcp_probe_info.handshake_us(image, message.getHandshakeUs());
    tcp_probe_info.reorderings(image, message.getReorderings());
    tcp_probe_info.delivered_ce(image, message.getDeliveredCe());
    tcp_probe_info.mdev_us(image, message.getMdevUs());
    tcp_probe_info.snd_cwnd(image, message.getSndCwnd());
    tcp_probe_info.transmit_idle_ms(image, message.getTransmitIdleMs());
    tcp_probe_info.receive_idle_ms(image, message.getReceiveIdleMs());
  }

  private static void writeReportedWaits(Connection message, MemorySegment image) {
    tcp_probe_info.reported_network_limited_ms(image, message.getReportedNetworkLimitedMs());
    tcp_probe_info.reported_receiver_limited_ms(image, message.getReportedReceiverLimitedMs());
    tcp_probe_info.reported_send_buffer_limited_ms(image, message.getReportedSendBufferLimitedMs());
    tcp_probe_info.reported_stalled_ms(image, message.getReportedStalledMs());
    tcp_probe_info.reported_spurious_retransmits(image, message.getReportedSpuriousRetransmits());
    tcp_probe_info.reported_out_of_order_segments(image, message.getReportedOutOfOrderSegments());
    tcp_probe_info.reported_timeouts(
        image, u16("reported_timeouts", message.getReportedTimeouts()));
    tcp_probe_info.reported_flags(image, u16("reported_flags", message.getReportedFlags()));
  }

  private static void writeCloser(Connection message, MemorySegment image) {
    tcp_probe_info.uid(image, message.getUid());
    tcp_probe_info.sequence(image, message.getSequence());
    tcp_probe_info.closer_cgroup_id(image, message.getCloserCgroupId());
    tcp_probe_info.closer_pid(image, message.getCloserPid());
    writeText(message.getCloserCommand(), tcp_probe_info.closer_command(image));
    writeText(message.getCongestion(), tcp_probe_info.congestion(image));
  }

  /** Cuts {@code text} to its field, of which the last byte is 0. */
  private static void writeText(String text, MemorySegment field) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = (int) Math.min(bytes.length, field.byteSize() - 1);
    while (length > 0 && length < bytes.length && (bytes[length] & 0xc0) == 0x80) {
      length--; // not within a character
    }
    MemorySegment.copy(bytes, 0, field, ValueLayout.JAVA_BYTE, 0, length);
  }

  private static byte u8(boolean value) {
    return (byte) (value ? 1 : 0);
  }

  private static byte u8(String field, int value) {
    require(field, value, value >= 0 && value <= LARGEST_BYTE);
    return (byte) value;
  }

  private static short u16(String field, int value) {
    require(field, value, value >= 0 && value <= LARGEST_SHORT);
    return (short) value;
  }

  private static void require(String field, int value, boolean isPossible) {
    if (!isPossible) {
      throw new IllegalArgumentException(field + " is " + Integer.toUnsignedString(value));
    }
  }
}
