// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.NativeCall;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A program attached to a cgroup v2 directory and to all below it, until it is closed or the
 * process ends: the link is a file descriptor, so nothing stays attached after any exit.
 */
final class CgroupLink implements AutoCloseable {
  private static final String REMEDY = "name a cgroup v2 directory";

  private final MemorySegment link;
  private final long inode;

  /** Tells the program which cgroup it is, in {@code shared}, and attaches it. */
  CgroupLink(MemorySegment program, Path cgroup, SharedWords shared) {
    try (OpenFile directory = new OpenFile(cgroup)) {
      inode = directory.inode();
      shared.scopeCgroupId(inode);
      link = Libbpf.bpf_program__attach_cgroup(program, directory.fd());
      if (link.address() == 0) {
        throw refused(cgroup, NativeCall.errno());
      }
    } catch (IOException e) {
      throw Failure.usage("open cgroup " + cgroup, e.getMessage(), REMEDY);
    }
  }

  private static Failure refused(Path cgroup, int errno) {
    String step = "attach to cgroup " + cgroup;
    Failure other =
        Failure.missing(
            step,
            Errno.describe(errno) + ", another sockops program may forbid more below it",
            REMEDY + ", or stop the other program");
    return Errno.isPermission(errno) && Capabilities.missing().isEmpty()
        ? other // the kernel has taken the programs, so only another one forbids to attach them
        : Refusal.explained(step, errno).orElse(other);
  }

  /** Of the directory that it is attached to, whatever stands at its path by now. */
  long inode() {
    return inode;
  }

  @Override
  public void close() {
    Libbpf.bpf_link__destroy(link);
  }
}
