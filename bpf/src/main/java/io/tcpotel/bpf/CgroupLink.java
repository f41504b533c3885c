// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * A program attached to a cgroup v2 directory and to all below it, until it is closed or the
 * process ends: the link is a file descriptor, so nothing stays attached after any exit.
 *
 * @param fd the link
 * @param inode of the directory that it is attached to, whatever stands at its path by now
 */
record CgroupLink(int fd, long inode) implements AutoCloseable {
  private static final String REMEDY = "name a cgroup v2 directory";

  /** Tells the program which cgroup it is, in {@code shared}, and attaches it. */
  static CgroupLink attach(int programFd, Path cgroup, SharedWords shared) {
    try (OpenFile directory = new OpenFile(cgroup)) {
      long inode = directory.inode();
      shared.scopeCgroupId(inode);
      int fd =
          Libbpf.bpf_link_create(
              programFd, directory.fd(), Libbpf.BPF_CGROUP_SOCK_OPS(), MemorySegment.NULL);
      if (fd < 0) {
        throw refused(cgroup, -fd);
      }
      return new CgroupLink(fd, inode);
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

  @Override
  public void close() {
    Libbpf.close(fd);
  }
}
