// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.bpf_iter_link_info;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The programs that note the names of cgroups, attached until this is closed or the process ends.
 * Where the kernel refuses one of them, without it.
 *
 * @param links their descriptors
 * @param seesNew whether cgroups that begin from now on get their names
 * @param seesOlder whether those that were there have theirs
 */
record CgroupWatch(List<Integer> links, boolean seesNew, boolean seesOlder)
    implements AutoCloseable {
  static final String MADE = "name_new_cgroup";
  static final String REMOVED = "note_removed_cgroup";
  static final String OLDER = "name_older_cgroups";

  private static final int BAD_DESCRIPTOR = -9;

  /** Watches first and visits those that are there then, so that none is missed. */
  static CgroupWatch attach(ProbeFiles files) {
    List<Integer> links = new ArrayList<>();
    for (String program : List.of(MADE, REMOVED)) {
      int link = link(files, program, Libbpf.BPF_TRACE_RAW_TP(), MemorySegment.NULL);
      if (link >= 0) {
        links.add(link);
      }
    }
    // Above the root of this process' cgroup namespace too: paths begin at the top.
    boolean seesOlder =
        visit(files, Libbpf.BPF_CGROUP_ITER_ANCESTORS_UP())
            && visit(files, Libbpf.BPF_CGROUP_ITER_DESCENDANTS_PRE());
    return new CgroupWatch(links, links.size() == 2, seesOlder);
  }

  /** The reasons for which cgroups have no names. */
  List<Obstacle> obstacles() {
    List<Obstacle> obstacles = new ArrayList<>();
    if (!seesNew) {
      obstacles.add(CgroupNames.NEW_NOT_POSSIBLE);
    }
    if (!seesOlder) {
      obstacles.add(CgroupNames.OLDER_NOT_POSSIBLE);
    }
    return obstacles;
  }

  /** The descriptor of the link; negative if the kernel refuses it or has refused the program. */
  private static int link(ProbeFiles files, String program, int type, MemorySegment options) {
    return files.has(program)
        ? Libbpf.bpf_link_create(files.fd(program), 0, type, options)
        : BAD_DESCRIPTOR;
  }

  /** Runs the program over cgroups once, unless the kernel refuses it. */
  private static boolean visit(ProbeFiles files, int order) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment info = bpf_iter_link_info.allocate(arena);
      bpf_iter_link_info.cgroup.order(bpf_iter_link_info.cgroup(info), order);
      MemorySegment options = SocketIterator.options(info, arena);
      int link = link(files, OLDER, Libbpf.BPF_TRACE_ITER(), options);
      return link >= 0 && visitAll(new SocketIterator(link));
    }
  }

  /** A read that ends is a run that is over. */
  private static boolean visitAll(SocketIterator iterator) {
    try (iterator;
        SocketWalk walk = new SocketWalk(iterator.run(), 1)) {
      while (walk.step()) {
        // The program writes nothing: one step visits all.
      }
      return true;
    } catch (Failure e) {
      return false;
    }
  }

  @Override
  public void close() {
    links.forEach(Libbpf::close);
  }
}
