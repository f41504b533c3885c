// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.NativeCall;
import java.util.List;
import java.util.Map;

/**
 * The descriptors of the loaded programs and maps, by their names in C. This process has loaded
 * them, or has them from the one that it replaces.
 *
 * @param fds of each map, and of each program that this kernel takes
 * @param sharedOffset where the words that both sides write lie in .bss
 */
record ProbeFiles(Map<String, Integer> fds, long sharedOffset) implements AutoCloseable {
  static final List<String> PROGRAMS =
      List.of(
          TcpProbe.HOOKS,
          TcpProbe.ADOPT_OLDER,
          TcpProbe.REPORT_LIVE,
          CgroupWatch.MADE,
          CgroupWatch.REMOVED,
          CgroupWatch.OLDER);

  static final String SHARED = ".bss";
  static final String COUNTERS = "map_of_counters";
  static final String FOLDS = "map_of_folds";
  static final String REST = "map_of_rest";
  static final String STORAGE = "map_of_sock_storage";
  static final String NAMES = "map_of_names";

  static final List<String> MAPS =
      List.of(
          TcpProbe.RING,
          SHARED,
          COUNTERS,
          FOLDS,
          REST,
          STORAGE,
          NAMES,
          FilterMaps.CGROUPS,
          FilterMaps.NETNS,
          FilterMaps.PREFIXES,
          FilterMaps.PORTS);

  boolean has(String name) {
    return fds.containsKey(name);
  }

  int fd(String name) {
    return fds.get(name);
  }

  /** Another descriptor of the same open file, which an execve leaves open. */
  static int inheritable(int fd) {
    int copy = Libbpf.dup(fd);
    if (copy < 0) {
      int errno = NativeCall.errno();
      throw Refusal.explained("copy a descriptor", errno)
          .orElseGet(
              () -> Failure.missing("copy a descriptor", Errno.describe(errno), "report it"));
    }
    return copy;
  }

  @Override
  public void close() {
    fds.values().forEach(Libbpf::close);
  }
}
