// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.bpf_prog_info;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * How often a kernel program has run since it was loaded, and for how long, on all CPUs together.
 * The kernel counts while {@code kernel.bpf_stats_enabled} is 1.
 */
public record ProgramRuns(String name, long count, long timeNs) {
  /** The names of all programs. */
  public static final List<String> PROGRAMS = ProbeFiles.PROGRAMS;

  /** Of those programs that the kernel has counted a run of; a system call for each. */
  static List<ProgramRuns> of(ProbeFiles files) {
    List<ProgramRuns> counted = new ArrayList<>();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = bpf_prog_info.allocate(arena);
      MemorySegment bytes = arena.allocate(ValueLayout.JAVA_INT);
      for (String name : ProbeFiles.PROGRAMS) {
        info.fill((byte) 0); // else the kernel takes its pointers for ours
        bytes.set(ValueLayout.JAVA_INT, 0, (int) info.byteSize());
        if (files.has(name)
            && Libbpf.bpf_obj_get_info_by_fd(files.fd(name), info, bytes) == 0
            && bpf_prog_info.run_cnt(info) > 0) {
          counted.add(
              new ProgramRuns(name, bpf_prog_info.run_cnt(info), bpf_prog_info.run_time_ns(info)));
        }
      }
    }
    return counted;
  }
}
