// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.abi.tcp_probe_cgroup;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The paths of cgroups, from the names that the kernel programs have noted: also of those that are
 * gone, for some time. Not for use by several threads.
 */
public final class CgroupNames {
  /** Without the programs that note each cgroup that is made. */
  static final Obstacle NEW_NOT_POSSIBLE =
      new Obstacle(
          "containers and units that begin from now on have no names, because this kernel refuses"
              + " the programs for cgroup_mkdir and cgroup_rmdir",
          "boot a kernel with CONFIG_CGROUPS, CONFIG_TRACEPOINTS and CONFIG_DEBUG_INFO_BTF of 5.15"
              + " or newer");

  /** Without the program that names the cgroups that are there at start. */
  static final Obstacle OLDER_NOT_POSSIBLE =
      new Obstacle(
          "containers and units that are older than this program have no names, because this kernel"
              + " has no iterator over cgroups",
          "boot a kernel of 6.1 or newer, or start them again");

  /** The kernel allows no deeper path with names (cgroup.max.depth is lower by default). */
  private static final int MOST_LEVELS = 64;

  private final int mapFd;
  private final Arena arena = Arena.ofAuto();
  private final MemorySegment key = arena.allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment next = arena.allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment named = tcp_probe_cgroup.allocate(arena);

  CgroupNames(int mapFd) {
    this.mapFd = mapFd;
  }

  /** The path from the root, like {@code /system.slice/cron.service}; null if it is not known. */
  public String path(long cgroupId) {
    Deque<String> names = new ArrayDeque<>();
    long id = cgroupId;
    for (int level = 0; level < MOST_LEVELS; level++) {
      if (!find(id)) {
        return null;
      }
      long parent = tcp_probe_cgroup.parent_id(named);
      if (parent == 0) {
        return "/" + String.join("/", names);
      }
      names.addFirst(tcp_probe_cgroup.name(named).getString(0));
      id = parent;
    }
    return null;
  }

  /** Whether it does not exist any more. */
  public boolean isRemoved(long cgroupId) {
    return !find(cgroupId) || tcp_probe_cgroup.removed_ns(named) != 0;
  }

  private boolean find(long cgroupId) {
    key.set(ValueLayout.JAVA_LONG, 0, cgroupId);
    return Libbpf.bpf_map_lookup_elem(mapFd, key, named) == 0;
  }

  /**
   * Forgets the cgroups that were removed before {@code ns}, of CLOCK_MONOTONIC, except those above
   * one that stays. One pass over all, a system call for each.
   */
  public void forgetRemovedBefore(long ns) {
    List<Long> removed = new ArrayList<>();
    Set<Long> parents = new HashSet<>();
    MemorySegment previous = MemorySegment.NULL;
    while (Libbpf.bpf_map_get_next_key(mapFd, previous, next) == 0) {
      long id = next.get(ValueLayout.JAVA_LONG, 0);
      if (find(id)) {
        long removedNs = tcp_probe_cgroup.removed_ns(named);
        if (removedNs != 0 && removedNs < ns) {
          removed.add(id);
        } else {
          parents.add(tcp_probe_cgroup.parent_id(named));
        }
      }
      previous = key;
    }
    for (long id : removed) {
      if (!parents.contains(id)) {
        key.set(ValueLayout.JAVA_LONG, 0, id);
        Libbpf.bpf_map_delete_elem(mapFd, key);
      }
    }
  }
}
