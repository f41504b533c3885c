// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.bpf_iter_link_info;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The programs that note the names of cgroups, attached until this is closed or the process ends.
 *
 * @param links their descriptors
 */
record CgroupWatch(List<Integer> links) implements AutoCloseable {
  private static final String STEP = "attach to cgroup events";

  static final String MADE = "name_new_cgroup";
  static final String REMOVED = "note_removed_cgroup";
  static final String OLDER = "name_older_cgroups";

  /** Watches first and visits those that are there then, so that none is missed. */
  static CgroupWatch attach(ProbeFiles files) {
    CgroupWatch watch = new CgroupWatch(new ArrayList<>());
    try {
      for (String program : List.of(MADE, REMOVED)) {
        watch.links.add(link(files.fd(program), Libbpf.BPF_TRACE_RAW_TP(), MemorySegment.NULL));
      }
      if (files.has(OLDER)) {
        // Above the root of this process' cgroup namespace too: paths begin at the top.
        visit(files.fd(OLDER), Libbpf.BPF_CGROUP_ITER_ANCESTORS_UP());
        visit(files.fd(OLDER), Libbpf.BPF_CGROUP_ITER_DESCENDANTS_PRE());
      }
      return watch;
    } catch (RuntimeException e) {
      watch.close();
      throw e;
    }
  }

  private static int link(int programFd, int type, MemorySegment options) {
    int fd = Libbpf.bpf_link_create(programFd, 0, type, options);
    if (fd < 0) {
      throw SocketIterator.refused(STEP, -fd);
    }
    return fd;
  }

  /** Runs the program over cgroups once: a read that ends is a run that is over. */
  private static void visit(int programFd, int order) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = bpf_iter_link_info.allocate(arena);
      bpf_iter_link_info.cgroup.order(bpf_iter_link_info.cgroup(info), order);
      int link = link(programFd, Libbpf.BPF_TRACE_ITER(), SocketIterator.options(info, arena));
      try (SocketWalk walk = new SocketWalk(new SocketIterator(link).run(), 1)) {
        while (walk.step()) {
          // The program writes nothing: one step visits all.
        }
      } finally {
        Libbpf.close(link);
      }
    }
  }

  @Override
  public void close() {
    links.forEach(Libbpf::close);
  }
}
