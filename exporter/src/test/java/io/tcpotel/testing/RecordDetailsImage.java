// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.random.RandomGenerator;

/** The fields that only records of the longer kinds have, with another value in each. */
final class RecordDetailsImage {
  private static final int FLAGS =
      ProbeAbi.TCP_PROBE_TIMESTAMPS()
          | ProbeAbi.TCP_PROBE_SACK()
          | ProbeAbi.TCP_PROBE_WINDOW_SCALING()
          | ProbeAbi.TCP_PROBE_HAS_TIMEOUTS()
          | ProbeAbi.TCP_PROBE_HAS_SENT()
          | ProbeAbi.TCP_PROBE_HAS_RECEIVED()
          | ProbeAbi.TCP_PROBE_HAS_UID()
          | ProbeAbi.TCP_PROBE_HAS_SEQUENCE();

  private RecordDetailsImage() {}

  static void fill(MemorySegment data) {
    tcp_probe_info.timeouts_in_a_row(data, (byte) 8);
    tcp_probe_info.window_probes(data, (byte) 10);
    tcp_probe_info.network_limited_ms(data, 612);
    tcp_probe_info.receiver_limited_ms(data, 207);
    tcp_probe_info.send_buffer_limited_ms(data, 103);
    tcp_probe_info.stalled_ms(data, 409);
    tcp_probe_info.reported_network_limited_ms(data, 112);
    tcp_probe_info.reported_receiver_limited_ms(data, 57);
    tcp_probe_info.reported_send_buffer_limited_ms(data, 43);
    tcp_probe_info.reported_stalled_ms(data, 309);
    tcp_probe_info.spurious_retransmits(data, 33);
    tcp_probe_info.out_of_order_segments(data, 45);
    tcp_probe_info.reported_spurious_retransmits(data, 22);
    tcp_probe_info.reported_out_of_order_segments(data, 24);
    tcp_probe_info.timeouts(data, (short) 12);
    tcp_probe_info.reported_timeouts(data, (short) 9);
    tcp_probe_info.flags(data, (short) FLAGS);
    tcp_probe_info.reported_flags(data, (short) 0);
    tcp_probe_info.handshake_us(data, 20_500);
    tcp_probe_info.reorderings(data, 13);
    tcp_probe_info.delivered_ce(data, 14);
    tcp_probe_info.mdev_us(data, 1300);
    tcp_probe_info.snd_cwnd(data, 15);
    tcp_probe_info.transmit_idle_ms(data, 151);
    tcp_probe_info.receive_idle_ms(data, 163);
    tcp_probe_info.uid(data, 1001);
    tcp_probe_info.sequence(data, 17);
    tcp_probe_info.closer_cgroup_id(data, 4_294_968_777L);
    tcp_probe_info.closer_pid(data, 31440);
    text(tcp_probe_info.closer_command(data), "worker");
    text(tcp_probe_info.congestion(data), "cubic");
  }

  /** The kernel reports no delays of a connect that failed. */
  static void clearDelays(MemorySegment data) {
    long from = tcp_probe_info.network_limited_ms$offset();
    data.asSlice(from, tcp_probe_info.flags$offset() - from).fill((byte) 0);
  }

  /** Numbers that are often 0 or at the edge of their type; of a kind that has them all. */
  static void randomize(MemorySegment data, RandomGenerator random) {
    tcp_probe_info.syn_retransmits(data, (byte) edge(random));
    tcp_probe_info.timeouts_in_a_row(data, (byte) edge(random));
    tcp_probe_info.window_probes(data, (byte) edge(random));
    tcp_probe_info.network_limited_ms(data, edge(random));
    tcp_probe_info.receiver_limited_ms(data, edge(random));
    tcp_probe_info.send_buffer_limited_ms(data, edge(random));
    tcp_probe_info.stalled_ms(data, edge(random));
    tcp_probe_info.reported_network_limited_ms(data, edge(random));
    tcp_probe_info.reported_receiver_limited_ms(data, edge(random));
    tcp_probe_info.reported_send_buffer_limited_ms(data, edge(random));
    tcp_probe_info.reported_stalled_ms(data, edge(random));
    tcp_probe_info.spurious_retransmits(data, edge(random));
    tcp_probe_info.out_of_order_segments(data, edge(random));
    tcp_probe_info.reported_spurious_retransmits(data, edge(random));
    tcp_probe_info.reported_out_of_order_segments(data, edge(random));
    tcp_probe_info.timeouts(data, (short) edge(random));
    tcp_probe_info.reported_timeouts(data, (short) edge(random));
    tcp_probe_info.flags(data, (short) random.nextInt(1 << 14));
    tcp_probe_info.reported_flags(data, (short) random.nextInt(1 << 13));
    tcp_probe_info.handshake_us(data, edge(random));
    tcp_probe_info.delivered_ce(data, edge(random));
    tcp_probe_info.transmit_idle_ms(data, edge(random));
    tcp_probe_info.receive_idle_ms(data, edge(random));
    tcp_probe_info.uid(data, edge(random));
    tcp_probe_info.sequence(data, edge(random));
    tcp_probe_info.pid(data, edge(random));
    tcp_probe_info.closer_pid(data, random.nextBoolean() ? 31337 : edge(random));
    tcp_probe_info.closed_by(data, (byte) random.nextInt(4));
    text(tcp_probe_info.closer_command(data), random.nextBoolean() ? "" : "a\tb\u00e9~");
  }

  private static int edge(RandomGenerator random) {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> -1;
      case 2 -> 31337;
      default -> random.nextInt() >>> random.nextInt(32);
    };
  }

  /** Writes {@code text}, which fits, and zeroes behind it. */
  static void text(MemorySegment to, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    to.fill((byte) 0);
    MemorySegment.copy(MemorySegment.ofArray(bytes), 0, to, 0, bytes.length);
  }
}
