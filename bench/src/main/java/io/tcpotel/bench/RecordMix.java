// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_tuple;
import io.tcpotel.record.ConnectionRecord;
import java.lang.foreign.MemorySegment;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;

/**
 * Ends of connections as a busy host sees them, the same ones each time: half of them clients, one
 * in eight over IPv6, one in thirty failed, one in thirty reset; 4,096 peers, 48 server ports, 100
 * cgroups; durations from 100 us to 100 s and bytes from 100 to 10^7, both evenly by their
 * magnitude.
 */
final class RecordMix {
  /** Of each record: ends have one size. */
  static final int RECORD_BYTES = RecordKind.CLOSE.bytes();

  private static final int ESTABLISHED = 1;
  private static final int SYN_SENT = 2;
  private static final int CLOSED = 7;
  private static final int LAST_ACK = 9;
  private static final int ECONNRESET = 104;
  private static final int ECONNREFUSED = 111;
  private static final int CGROUPS = 100;
  private static final int PEERS = 4096;
  private static final int SERVER_PORTS = 48;
  private static final long NS_PER_RECORD = 1000;

  private final RandomGenerator random =
      RandomGeneratorFactory.of("L64X128MixRandom").create(20_261_124);
  private long records;

  /** Writes the next one into zeroed memory. */
  void write(MemorySegment record) {
    records++;
    tcp_probe_info.version(record, (short) ProbeAbi.TCP_PROBE_VERSION());
    tcp_probe_info.size(record, (short) RECORD_BYTES);
    tcp_probe_info.protocol(record, (byte) 6);
    tcp_probe_info.state(record, (byte) CLOSED);
    tcp_probe_info.socket_cookie(record, records);
    tcp_probe_info.netns_cookie(record, 1);
    tcp_probe_info.local_isn(record, random.nextInt());
    int cgroup = random.nextInt(CGROUPS);
    tcp_probe_info.cgroup_id(record, 4000 + cgroup);
    tcp_probe_info.close_ns(record, 1_000_000_000_000L + records * NS_PER_RECORD);
    boolean client = random.nextBoolean();
    writeTuple(record, client, serverPort(cgroup, client));
    if (client && random.nextInt(15) == 0) {
      writeFailure(record);
    } else {
      writeClose(record, client);
    }
  }

  /** A cgroup serves one port, and connects to three. */
  private int serverPort(int cgroup, boolean client) {
    int port = client ? cgroup + 1 + random.nextInt(3) : cgroup;
    return 1000 + 37 * (port % SERVER_PORTS);
  }

  private void writeTuple(MemorySegment record, boolean client, int server) {
    boolean v6 = random.nextInt(8) == 0;
    int ephemeral = 32768 + random.nextInt(28000);
    MemorySegment tuple = tcp_probe_info.tuple(record);
    writeAddress(tcp_probe_tuple.local_address(tuple), v6, random.nextInt(4));
    writeAddress(tcp_probe_tuple.peer_address(tuple), v6, 256 + random.nextInt(PEERS));
    tcp_probe_tuple.local_port(tuple, (short) (client ? ephemeral : server));
    tcp_probe_tuple.peer_port(tuple, (short) (client ? server : ephemeral));
    tcp_probe_info.type(record, (byte) (v6 ? ConnectionRecord.IPV6 : ConnectionRecord.IPV4));
    tcp_probe_info.direction(
        record, (byte) (client ? ProbeAbi.TCP_PROBE_OUTBOUND() : ProbeAbi.TCP_PROBE_INBOUND()));
  }

  /** 10.20.x.y, or fd00:0:0:1::x:y. */
  private static void writeAddress(MemorySegment to, boolean v6, int host) {
    byte[] address = new byte[16];
    if (v6) {
      address[0] = (byte) 0xfd;
      address[7] = 1;
      address[13] = (byte) (host >> 8);
    } else {
      address[10] = -1;
      address[11] = -1;
      address[12] = 10;
      address[13] = 20;
      address[14] = (byte) (host >> 8);
    }
    address[15] = (byte) host;
    to.copyFrom(MemorySegment.ofArray(address));
  }

  private void writeFailure(MemorySegment record) {
    tcp_probe_info.kind(record, (byte) RecordKind.FAILED.number());
    tcp_probe_info.previous_state(record, (byte) SYN_SENT);
    tcp_probe_info.sk_err(record, (short) ECONNREFUSED);
    tcp_probe_info.duration(record, magnitude(20_000, 1_000_000_000));
    tcp_probe_info.segs_out(record, 1);
    tcp_probe_info.segs_in(record, 1);
  }

  private void writeClose(MemorySegment record, boolean client) {
    boolean reset = random.nextInt(30) == 0;
    long sent = magnitude(100, client ? 100_000 : 10_000_000);
    long received = magnitude(100, client ? 10_000_000 : 100_000);
    tcp_probe_info.kind(record, (byte) RecordKind.CLOSE.number());
    tcp_probe_info.conn_success(record, (byte) 1);
    tcp_probe_info.peer_isn(record, random.nextInt());
    tcp_probe_info.open_reported(record, (byte) 1);
    tcp_probe_info.previous_state(record, (byte) (reset ? ESTABLISHED : LAST_ACK));
    tcp_probe_info.sk_err(record, (short) (reset ? ECONNRESET : 0));
    tcp_probe_info.fin_received(record, (byte) (reset ? 0 : 1));
    tcp_probe_info.duration(record, magnitude(100_000, 100_000_000_000L));
    tcp_probe_info.sent_bytes(record, sent);
    tcp_probe_info.received_bytes(record, received);
    tcp_probe_info.segs_out(record, (int) (3 + sent / 1448));
    tcp_probe_info.segs_in(record, (int) (3 + received / 1448));
    tcp_probe_info.total_retrans(record, random.nextInt(20) == 0 ? 1 + random.nextInt(3) : 0);
    tcp_probe_info.srtt_us(record, (int) magnitude(160, 800_000));
    tcp_probe_info.rtt_min(record, (int) magnitude(20, 90_000));
    tcp_probe_info.mss_cache(record, 1448);
  }

  /** Between the two, each power of ten as often as any other. */
  private long magnitude(long least, long most) {
    return (long) (least * Math.exp(random.nextDouble() * Math.log((double) most / least)));
  }
}
