// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_tuple;
import io.tcpotel.record.ConnectionRecord;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.function.Consumer;

/**
 * One {@code struct tcp_probe_info} in native memory, written through the generated layout and not
 * through the code under test. A new one is the orderly close of an IPv4 client, with another value
 * in every field.
 */
public final class RecordImage {
  private static final int ADDRESS_BYTES = 16;

  private final MemorySegment data;

  private RecordImage(MemorySegment data) {
    this.data = data;
  }

  /** A close; all fields differ, 10.1.2.3:41528 to 10.9.8.7:5432. */
  public static RecordImage close() {
    RecordImage image = new RecordImage(Arena.ofAuto().allocate(tcp_probe_info.layout()));
    MemorySegment data = image.data;
    tcp_probe_info.version(data, (short) ProbeAbi.TCP_PROBE_VERSION());
    tcp_probe_info.protocol(data, (byte) 6);
    image.kind(RecordKind.CLOSE).established(true).openReported(true);
    image.outbound().state(7).previousState(9).finReceived(true).skErr(0);
    tcp_probe_info.closed_by(data, (byte) ProbeAbi.TCP_PROBE_CLOSED_BY_REMOTE());
    image.localAddress("10.1.2.3").peerAddress("10.9.8.7").ports(41528, 5432);
    image.generation(3).socketCookie(0xa1b2c3L).durationNs(1_204_400_000L).closeNs(77_000_000_123L);
    tcp_probe_info.netns_cookie(data, 4_294_967_299L);
    tcp_probe_info.cgroup_id(data, 4_294_968_001L);
    image.bytes(5321, 88211).reportedBytes(21, 211);
    image.segments(71, 80).reportedSegments(11, 17).retransmits(5, 2);
    tcp_probe_info.lost(data, 4);
    tcp_probe_info.lost_out(data, 1);
    image.unackedBytes(0).unreadBytes(0);
    image.srttUs(6500).rttMinUs(301).mss(1448);
    tcp_probe_info.pid(data, 31337);
    tcp_probe_info.reported_lost(data, 3);
    tcp_probe_info.local_isn(data, 0x89abcdef);
    tcp_probe_info.peer_isn(data, 0x1234567);
    RecordDetailsImage.fill(data);
    return image.command("curl");
  }

  /** A copy of one that was made elsewhere. */
  public static RecordImage of(ConnectionRecord record) {
    RecordImage image = new RecordImage(Arena.ofAuto().allocate(tcp_probe_info.layout()));
    record.copyTo(image.data, 0);
    return image;
  }

  /** A handshake that was just completed. */
  public static RecordImage open() {
    return close()
        .kind(RecordKind.OPEN)
        .state(1)
        .previousState(2)
        .bytes(0, 0)
        .reportedBytes(0, 0)
        .finReceived(false);
  }

  /** The totals so far of a connection that lives. */
  public static RecordImage update() {
    RecordImage image = close().kind(RecordKind.UPDATE);
    tcp_probe_info.closed_by(image.data, (byte) 0);
    return image.state(1).previousState(0).finReceived(false);
  }

  /** A connection older than the program, as it was found. */
  public static RecordImage adopted() {
    return update()
        .kind(RecordKind.ADOPTED)
        .preexisting(true)
        .reportedBytes(5321, 88211)
        .reportedSegments(71, 80)
        .retransmits(5, 5)
        .durationNs(0);
  }

  /** A connect that was refused. */
  public static RecordImage failure() {
    RecordImage image = close().kind(RecordKind.FAILED).established(false);
    RecordDetailsImage.clearDelays(image.data);
    tcp_probe_info.closed_by(image.data, (byte) 0);
    return image
        .openReported(false)
        .previousState(2)
        .finReceived(false)
        .skErr(111)
        .bytes(0, 0)
        .reportedBytes(0, 0)
        .segments(1, 1)
        .reportedSegments(0, 0)
        .retransmits(0, 0)
        .srttUs(0)
        .rttMinUs(0)
        .mss(0);
  }

  /** A connect for whose state the kernel had no memory. */
  public static RecordImage unobserved() {
    RecordImage image = failure().kind(RecordKind.UNOBSERVED);
    return image.state(2).previousState(0).skErr(0).segments(0, 0).durationNs(0);
  }

  /** The record, as long as one of its kind is. */
  public MemorySegment data() {
    RecordKind kind = RecordKind.of(tcp_probe_info.kind(data));
    return kind == null ? data : data.asSlice(0, kind.bytes());
  }

  /** A view of this record. */
  public ConnectionRecord view() {
    return new ConnectionRecord().copyFrom(data, 0);
  }

  /** A copy of {@link #data} as it is now. */
  public byte[] bytes() {
    return data().toArray(ValueLayout.JAVA_BYTE);
  }

  public RecordImage version(int version) {
    tcp_probe_info.version(data, (short) version);
    return this;
  }

  public RecordImage size(int size) {
    tcp_probe_info.size(data, (short) size);
    return this;
  }

  /** Sets the size, too, and forgets what a record of this kind lacks. */
  public RecordImage kind(RecordKind kind) {
    data.asSlice(kind.bytes()).fill((byte) 0);
    return kindNumber(kind.number()).size(kind.bytes());
  }

  /** Also of no kind. */
  public RecordImage kindNumber(int number) {
    tcp_probe_info.kind(data, (byte) number);
    return this;
  }

  public RecordImage type(int type) {
    tcp_probe_info.type(data, (byte) type);
    return this;
  }

  public RecordImage direction(int direction) {
    tcp_probe_info.direction(data, (byte) direction);
    return this;
  }

  public RecordImage inbound() {
    return direction(ProbeAbi.TCP_PROBE_INBOUND());
  }

  public RecordImage outbound() {
    return direction(ProbeAbi.TCP_PROBE_OUTBOUND());
  }

  public RecordImage state(int state) {
    tcp_probe_info.state(data, (byte) state);
    return this;
  }

  public RecordImage previousState(int state) {
    tcp_probe_info.previous_state(data, (byte) state);
    return this;
  }

  public RecordImage established(boolean established) {
    tcp_probe_info.conn_success(data, (byte) (established ? 1 : 0));
    return this;
  }

  public RecordImage openReported(boolean reported) {
    tcp_probe_info.open_reported(data, (byte) (reported ? 1 : 0));
    return this;
  }

  public RecordImage preexisting(boolean preexisting) {
    tcp_probe_info.preexisting(data, (byte) (preexisting ? 1 : 0));
    return this;
  }

  public RecordImage finReceived(boolean received) {
    tcp_probe_info.fin_received(data, (byte) (received ? 1 : 0));
    return this;
  }

  public RecordImage skErr(int errno) {
    tcp_probe_info.sk_err(data, (short) errno);
    return this;
  }

  /** Sets the type, too. */
  public RecordImage localAddress(String address) {
    MemorySegment tuple = tcp_probe_info.tuple(data);
    return address(tcp_probe_tuple.local_address(tuple), stored(address));
  }

  /** Sets the type, too. */
  public RecordImage peerAddress(String address) {
    MemorySegment tuple = tcp_probe_info.tuple(data);
    return address(tcp_probe_tuple.peer_address(tuple), stored(address));
  }

  /** Both ends, 16 bytes each as stored, and the type that belongs to them. */
  public RecordImage addresses(byte[] local, byte[] peer) {
    MemorySegment tuple = tcp_probe_info.tuple(data);
    address(tcp_probe_tuple.local_address(tuple), local);
    return address(tcp_probe_tuple.peer_address(tuple), peer);
  }

  private RecordImage address(MemorySegment to, byte[] stored) {
    MemorySegment.copy(MemorySegment.ofArray(stored), 0, to, 0, ADDRESS_BYTES);
    return type(isMapped(stored) ? ConnectionRecord.IPV4 : ConnectionRecord.IPV6);
  }

  private static boolean isMapped(byte[] stored) {
    for (int i = 0; i < 10; i++) {
      if (stored[i] != 0) {
        return false;
      }
    }
    return stored[10] == -1 && stored[11] == -1;
  }

  /** An address as the record holds it: IPv4 as ::ffff:a.b.c.d. */
  public static byte[] stored(String address) {
    byte[] parsed = parse(address);
    if (parsed.length == ADDRESS_BYTES) {
      return parsed;
    }
    byte[] mapped = new byte[ADDRESS_BYTES];
    mapped[10] = -1;
    mapped[11] = -1;
    System.arraycopy(parsed, 0, mapped, 12, 4);
    return mapped;
  }

  private static byte[] parse(String address) {
    try {
      return InetAddress.getByName(address).getAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(address, e);
    }
  }

  public RecordImage ports(int local, int peer) {
    MemorySegment tuple = tcp_probe_info.tuple(data);
    tcp_probe_tuple.local_port(tuple, (short) local);
    tcp_probe_tuple.peer_port(tuple, (short) peer);
    return this;
  }

  public RecordImage cgroup(long id) {
    tcp_probe_info.cgroup_id(data, id);
    return this;
  }

  public RecordImage closerCgroup(long id) {
    tcp_probe_info.closer_cgroup_id(data, id);
    return this;
  }

  public RecordImage generation(int generation) {
    tcp_probe_info.generation(data, generation);
    return this;
  }

  public RecordImage socketCookie(long cookie) {
    tcp_probe_info.socket_cookie(data, cookie);
    return this;
  }

  public RecordImage isns(int local, int peer) {
    tcp_probe_info.local_isn(data, local);
    tcp_probe_info.peer_isn(data, peer);
    return this;
  }

  public RecordImage durationNs(long duration) {
    tcp_probe_info.duration(data, duration);
    return this;
  }

  public RecordImage closeNs(long time) {
    tcp_probe_info.close_ns(data, time);
    return this;
  }

  public RecordImage bytes(long sent, long received) {
    tcp_probe_info.sent_bytes(data, sent);
    tcp_probe_info.received_bytes(data, received);
    return this;
  }

  public RecordImage reportedBytes(long sent, long received) {
    tcp_probe_info.reported_sent_bytes(data, sent);
    tcp_probe_info.reported_received_bytes(data, received);
    return this;
  }

  public RecordImage segments(int out, int in) {
    tcp_probe_info.segs_out(data, out);
    tcp_probe_info.segs_in(data, in);
    return this;
  }

  public RecordImage reportedSegments(int out, int in) {
    tcp_probe_info.reported_segs_out(data, out);
    tcp_probe_info.reported_segs_in(data, in);
    return this;
  }

  public RecordImage retransmits(int total, int reported) {
    tcp_probe_info.total_retrans(data, total);
    tcp_probe_info.reported_total_retrans(data, reported);
    return this;
  }

  public RecordImage unackedBytes(int bytes) {
    tcp_probe_info.unacked_bytes(data, bytes);
    return this;
  }

  public RecordImage unreadBytes(int bytes) {
    tcp_probe_info.unread_bytes(data, bytes);
    return this;
  }

  public RecordImage srttUs(int eighths) {
    tcp_probe_info.srtt_us(data, eighths);
    return this;
  }

  public RecordImage rttMinUs(int us) {
    tcp_probe_info.rtt_min(data, us);
    return this;
  }

  public RecordImage mss(int bytes) {
    tcp_probe_info.mss_cache(data, bytes);
    return this;
  }

  /** Writes any field by the generated layout. */
  public RecordImage set(Consumer<MemorySegment> write) {
    write.accept(data);
    return this;
  }

  /** At most 15 bytes. */
  public RecordImage command(String command) {
    RecordDetailsImage.text(tcp_probe_info.command(data), command);
    return this;
  }
}
