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
 * ConnectionMessage}. A command that was no UTF-8 comes back with replacement characters, cut to
 * its field.
 */
final class ConnectionImage {
  private static final int LARGEST_BYTE = 0xff;
  private static final int LARGEST_SHORT = 0xffff;

  private ConnectionImage() {}

  /**
   * Writes {@code message} into {@code image}, zeroed and of a record's size; throws
   * IllegalArgumentException that names the field, or says that several contradict each other.
   */
  static void write(Connection message, MemorySegment image) {
    tcp_probe_info.version(image, (short) ProbeAbi.TCP_PROBE_VERSION());
    tcp_probe_info.size(image, (short) tcp_probe_info.sizeof());
    writeIdentity(message, image);
    writeStates(message, image);
    writeTuple(message.getTuple(), tcp_probe_info.tuple(image));
    writeTotals(message, image);
    writeReported(message, image);
    writeCommand(message.getCommand(), image);
    ConnectionRecord written = new ConnectionRecord().copyFrom(image, 0);
    if (!written.check((int) tcp_probe_info.sizeof()).isReadable()) {
      throw new IllegalArgumentException("its fields contradict each other");
    }
  }

  private static void writeIdentity(Connection message, MemorySegment image) {
    int kind = message.getKindValue();
    int type = message.getTypeValue();
    require("kind", kind, RecordKind.of(kind) != null);
    require("type", type, type == ConnectionRecord.IPV4 || type == ConnectionRecord.IPV6);
    tcp_probe_info.kind(image, (byte) kind);
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

  private static void writeCommand(String command, MemorySegment image) {
    byte[] bytes = command.getBytes(StandardCharsets.UTF_8);
    int length = Math.min(bytes.length, ProbeAbi.TCP_PROBE_COMMAND_LENGTH() - 1);
    while (length > 0 && length < bytes.length && (bytes[length] & 0xc0) == 0x80) {
      length--; // not within a character
    }
    MemorySegment.copy(bytes, 0, tcp_probe_info.command(image), ValueLayout.JAVA_BYTE, 0, length);
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
