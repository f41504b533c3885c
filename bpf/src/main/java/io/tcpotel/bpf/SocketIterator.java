// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.bpf_iter_link_info;
import io.tcpotel.bpf.libbpf.bpf_link_create_opts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A kernel program that visits sockets, attached; it can be run any number of times.
 *
 * @param fd the link
 */
record SocketIterator(int fd) implements AutoCloseable {
  /**
   * @param mapFd the storage map whose sockets are visited; 0: all sockets of a network namespace
   */
  static SocketIterator attach(int programFd, int mapFd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment options = mapFd == 0 ? MemorySegment.NULL : ofMap(mapFd, arena);
      int fd = Libbpf.bpf_link_create(programFd, 0, Libbpf.BPF_TRACE_ITER(), options);
      if (fd < 0) {
        throw refused("attach a walk over sockets", -fd);
      }
      return new SocketIterator(fd);
    }
  }

  private static MemorySegment ofMap(int mapFd, Arena arena) {
    MemorySegment info = bpf_iter_link_info.allocate(arena);
    bpf_iter_link_info.map.map_fd(bpf_iter_link_info.map(info), mapFd);
    return options(info, arena);
  }

  static MemorySegment options(MemorySegment info, Arena arena) {
    MemorySegment options = bpf_link_create_opts.allocate(arena);
    bpf_link_create_opts.sz(options, bpf_link_create_opts.sizeof());
    bpf_link_create_opts.iter_info(options, info);
    bpf_link_create_opts.iter_info_len(options, (int) bpf_iter_link_info.sizeof());
    return options;
  }

  /**
   * The file of a run, for a {@link SocketWalk}; one over a network namespace is over that of the
   * calling thread, wherever its steps are made.
   */
  int run() {
    int run = Libbpf.bpf_iter_create(fd);
    if (run < 0) {
      throw refused("walk over sockets", -run);
    }
    return run;
  }

  static Failure refused(String step, int errno) {
    return Refusal.explained(step, errno)
        .orElseGet(
            () -> Failure.missing(step, Errno.describe(errno), "please report it with 'uname -r'"));
  }

  @Override
  public void close() {
    Libbpf.close(fd);
  }
}
