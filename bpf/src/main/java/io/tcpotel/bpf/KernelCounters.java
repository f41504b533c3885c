// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.abi.tcp_probe_counters;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** The kernel's counters, summed over all CPUs; they only grow. */
public final class KernelCounters {
  private final int mapFd;

  KernelCounters(int mapFd) {
    this.mapFd = mapFd;
  }

  /** One reading: {@link tcp_probe_counters} in plain memory. */
  public record Snapshot(MemorySegment sums) {
    /** Reports of {@code kind} that the hooks came to make. */
    public long seen(RecordKind kind) {
      return tcp_probe_counters.seen(sums, kind.number());
    }

    /** The number of these reports that ended in {@code outcome}. */
    public long outcome(RecordKind kind, ReportOutcome outcome) {
      return tcp_probe_counters.outcome(sums, kind.number(), outcome.number());
    }

    /** Closes of connections whose beginning was not seen. */
    public long unknown() {
      return tcp_probe_counters.unknown(sums);
    }

    /** The closes seen of connections older than this program. */
    public long adoptedClosed() {
      return tcp_probe_counters.adopted_closed(sums);
    }

    /** Ends with a total below the one reported before; their difference counts as 0. */
    public long backwards() {
      return tcp_probe_counters.backwards(sums);
    }

    /** Older connections that this kernel would not let be watched. */
    public long adoptionRefused() {
      return tcp_probe_counters.adoption_refused(sums);
    }

    /** Cgroups for whose name there was no room. */
    public long unnamedCgroups() {
      return tcp_probe_counters.unnamed_cgroups(sums);
    }

    /**
     * Reports of {@code kind} that began a connection here: neither refused nor without storage.
     */
    public long begun(RecordKind kind) {
      return outcome(kind, ReportOutcome.PUT) + outcome(kind, ReportOutcome.DEFERRED);
    }
  }

  /** Reads all CPUs' counters; one CPU's may move while the next is read. */
  public Snapshot snapshot() {
    long bytes = tcp_probe_counters.sizeof();
    MemorySegment sums = Arena.ofAuto().allocate(tcp_probe_counters.layout());
    try (Arena arena = Arena.ofConfined()) {
      int cpus = Libbpf.libbpf_num_possible_cpus();
      MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment values = arena.allocate(bytes * cpus, Long.BYTES);
      if (Libbpf.bpf_map_lookup_elem(mapFd, key, values) != 0) {
        throw new IllegalStateException("the counters' map is closed");
      }
      // Every field is one __u64, so the struct adds up word by word.
      for (long offset = 0; offset < bytes * cpus; offset += Long.BYTES) {
        long sum =
            sums.get(ValueLayout.JAVA_LONG, offset % bytes)
                + values.get(ValueLayout.JAVA_LONG, offset);
        sums.set(ValueLayout.JAVA_LONG, offset % bytes, sum);
      }
    }
    return new Snapshot(sums);
  }
}
