// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.NativeCall;
import io.tcpotel.bpf.libbpf.bpf_iter_attach_opts;
import io.tcpotel.bpf.libbpf.bpf_iter_link_info;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** A kernel program that visits sockets, attached; it can be run any number of times. */
final class SocketIterator implements AutoCloseable {
  private final MemorySegment link;

  /**
   * @param mapFd the storage map whose sockets are visited; 0: all sockets of a network namespace
   */
  SocketIterator(MemorySegment program, int mapFd) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment options = mapFd == 0 ? MemorySegment.NULL : options(mapFd, arena);
      link = Libbpf.bpf_program__attach_iter(program, options);
      if (link.address() == 0) {
        throw refused("attach a walk over sockets", NativeCall.errno());
      }
    }
  }

  private static MemorySegment options(int mapFd, Arena arena) {
    MemorySegment info = bpf_iter_link_info.allocate(arena);
    bpf_iter_link_info.map.map_fd(bpf_iter_link_info.map(info), mapFd);
    MemorySegment options = bpf_iter_attach_opts.allocate(arena);
    bpf_iter_attach_opts.sz(options, bpf_iter_attach_opts.sizeof());
    bpf_iter_attach_opts.link_info(options, info);
    bpf_iter_attach_opts.link_info_len(options, (int) bpf_iter_link_info.sizeof());
    return options;
  }

  /**
   * Begins a run; one over a network namespace is over that of the calling thread, wherever its
   * steps are made.
   */
  SocketWalk walk(int recordsPerStep) {
    int fd = Libbpf.bpf_iter_create(Libbpf.bpf_link__fd(link));
    if (fd < 0) {
      throw refused("walk over sockets", -fd);
    }
    return new SocketWalk(fd, recordsPerStep);
  }

  private static Failure refused(String step, int errno) {
    return Refusal.explained(step, errno)
        .orElseGet(
            () -> Failure.missing(step, Errno.describe(errno), "please report it with 'uname -r'"));
  }

  @Override
  public void close() {
    Libbpf.bpf_link__destroy(link);
  }
}
