// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_fold;
import io.tcpotel.bpf.abi.tcp_probe_fold_key;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The connection ends that the kernel has folded, because the ring was full. The kernel's sums only
 * grow: each reading hands over the difference to the reading before. One thread reads.
 */
public final class Folds {
  private static final long BYTES = tcp_probe_fold.sizeof();
  private static final int WORDS = (int) (BYTES / Long.BYTES);

  private final int foldsFd;
  private final int restFd;
  private final SharedWords shared;
  private final FoldBuckets buckets;
  private final int cpus = Libbpf.libbpf_num_possible_cpus();
  private final Map<Key, long[]> taken = new HashMap<>();

  private record Key(long cgroupId, long first, long second) {
    static Key of(MemorySegment key) {
      return new Key(
          tcp_probe_fold_key.cgroup_id(key),
          key.get(ValueLayout.JAVA_LONG, Long.BYTES),
          key.get(ValueLayout.JAVA_LONG, 2 * Long.BYTES));
    }
  }

  Folds(int foldsFd, int restFd, SharedWords shared, FoldBuckets buckets) {
    this.foldsFd = foldsFd;
    this.restFd = restFd;
    this.shared = shared;
    this.buckets = buckets;
  }

  private static int word(long offset) {
    return (int) (offset / Long.BYTES);
  }

  /** Whether the kernel has folded an end since the last {@link #collect}. Costs no system call. */
  public boolean isPending() {
    return shared.isFoldPending();
  }

  /** Hands over all ends that were folded since the last call. */
  public void collect(FoldHandler handler) {
    shared.clearFoldPending();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment values = arena.allocate(BYTES * cpus, Long.BYTES);
      MemorySegment key = tcp_probe_fold_key.allocate(arena);
      MemorySegment previous = MemorySegment.NULL;
      while (Libbpf.bpf_map_get_next_key(foldsFd, previous, key) == 0) {
        if (Libbpf.bpf_map_lookup_elem(foldsFd, key, values) == 0) {
          hand(key, values, handler);
        }
        previous = tcp_probe_fold_key.allocate(arena).copyFrom(key);
      }
      for (int direction = 0; direction < ProbeAbi.TCP_PROBE_DIRECTIONS(); direction++) {
        MemorySegment index = arena.allocateFrom(ValueLayout.JAVA_INT, direction);
        if (Libbpf.bpf_map_lookup_elem(restFd, index, values) == 0) {
          hand(restKey(direction, arena), values, handler);
        }
      }
    }
  }

  private static MemorySegment restKey(int direction, Arena arena) {
    MemorySegment key = tcp_probe_fold_key.allocate(arena);
    tcp_probe_fold_key.direction(key, (byte) direction);
    tcp_probe_fold_key.overflow(key, (byte) ProbeAbi.TCP_PROBE_REST());
    return key;
  }

  private void hand(MemorySegment key, MemorySegment values, FoldHandler handler) {
    long[] before = taken.computeIfAbsent(Key.of(key), unknown -> new long[WORDS]);
    long[] difference = new long[WORDS];
    for (int word = 0; word < WORDS; word++) {
      for (int cpu = 0; cpu < cpus; cpu++) {
        difference[word] +=
            values.get(ValueLayout.JAVA_LONG, cpu * BYTES + (long) word * Long.BYTES);
      }
      difference[word] -= before[word];
    }
    settle(
        difference,
        word(tcp_probe_fold.duration_count$offset()),
        word(tcp_probe_fold.duration_sum_ns$offset()),
        buckets.durationNs());
    settle(
        difference,
        word(tcp_probe_fold.rtt_count$offset()),
        word(tcp_probe_fold.rtt_sum_ns$offset()),
        buckets.rttNs());
    settle(
        difference,
        word(tcp_probe_fold.min_rtt_count$offset()),
        word(tcp_probe_fold.min_rtt_sum_ns$offset()),
        buckets.rttNs());
    settle(
        difference,
        word(tcp_probe_fold.handshake_count$offset()),
        word(tcp_probe_fold.handshake_sum_ns$offset()),
        buckets.handshakeNs());
    boolean any = false;
    for (int word = 0; word < WORDS; word++) {
      before[word] += difference[word];
      any |= difference[word] != 0;
    }
    if (any) {
      handler.onFold(key, MemorySegment.ofArray(difference));
    }
  }

  /**
   * The kernel adds a value to the sum before it counts it, so a sum that is read meanwhile may
   * hold more than what was counted. Only what the counted values can be is taken now; the rest
   * stays for the next reading, which finds its count.
   */
  private static void settle(long[] difference, int counts, int sums, List<Long> bounds) {
    for (int bucket = 0; bucket <= bounds.size(); bucket++) {
      long count = difference[counts + bucket];
      boolean last = bucket == bounds.size();
      long most = last || count == 0 ? Long.MAX_VALUE : bounds.get(bucket) * count;
      long sum = difference[sums + bucket];
      difference[sums + bucket] = count == 0 ? 0 : Math.min(sum, most);
    }
  }
}
