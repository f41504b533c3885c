// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.bpf_prog_info;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The sockops programs that are attached to a cgroup, anybody's.
 *
 * @param names what the kernel calls each; "?" where this process may not know, since that takes
 *     CAP_SYS_ADMIN
 * @param exclusive whether they were attached so that no other can be
 */
public record SockopsPrograms(List<String> names, boolean exclusive) {
  private static final String STEP = "ask for attached programs";

  /** More than a host has; the kernel takes 64 at most for one cgroup (BPF_CGROUP_MAX_PROGS). */
  private static final int MOST = 64;

  /**
   * Asks the kernel; throws a {@link Failure} if it refuses. {@link LibbpfLibrary#load} comes
   * before.
   */
  public static SockopsPrograms of(Path cgroup) {
    try (OpenFile directory = new OpenFile(cgroup);
        Arena arena = Arena.ofConfined()) {
      return query(directory.fd(), arena);
    } catch (IOException e) {
      throw Failure.missing(STEP, e.getMessage(), "make " + cgroup + " readable");
    }
  }

  private static SockopsPrograms query(int cgroupFd, Arena arena) {
    MemorySegment flags = arena.allocate(ValueLayout.JAVA_INT);
    MemorySegment ids = arena.allocate(ValueLayout.JAVA_INT, MOST);
    MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
    count.set(ValueLayout.JAVA_INT, 0, MOST);
    int result =
        Libbpf.bpf_prog_query(cgroupFd, Libbpf.BPF_CGROUP_SOCK_OPS(), 0, flags, ids, count);
    if (result != 0) {
      throw Failure.missing(STEP, Errno.describe(-result), "run with CAP_NET_ADMIN");
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < count.get(ValueLayout.JAVA_INT, 0); i++) {
      names.add(name(ids.getAtIndex(ValueLayout.JAVA_INT, i), arena));
    }
    boolean shared = (flags.get(ValueLayout.JAVA_INT, 0) & Libbpf.BPF_F_ALLOW_MULTI()) != 0;
    return new SockopsPrograms(List.copyOf(names), !names.isEmpty() && !shared);
  }

  private static String name(int id, Arena arena) {
    int fd = Libbpf.bpf_prog_get_fd_by_id(id);
    if (fd < 0) {
      return "?";
    }
    MemorySegment info = bpf_prog_info.allocate(arena);
    MemorySegment length = arena.allocate(ValueLayout.JAVA_INT);
    length.set(ValueLayout.JAVA_INT, 0, (int) bpf_prog_info.sizeof());
    int result = Libbpf.bpf_obj_get_info_by_fd(fd, info, length);
    Libbpf.close(fd);
    return result == 0 ? bpf_prog_info.name(info).getString(0) : "?";
  }
}
