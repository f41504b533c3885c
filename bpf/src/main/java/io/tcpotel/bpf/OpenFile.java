// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.NativeCall;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/** A file or directory that is open for reading, for the calls that take its descriptor. */
final class OpenFile implements AutoCloseable {
  private final int fd;

  /** Opens {@code path}, or throws an IOException whose message is the kernel's error. */
  OpenFile(Path path) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      fd = Libbpf.open(arena.allocateFrom(path.toString()), Libbpf.O_RDONLY() | Libbpf.O_CLOEXEC());
    }
    if (fd < 0) {
      throw new IOException(Errno.describe(NativeCall.errno()));
    }
  }

  /** Takes over an open file. */
  OpenFile(int fd) {
    this.fd = fd;
  }

  /**
   * The inode of what stands at {@code path} now; 0 if nothing does, or it may not be looked at.
   */
  static long inodeAt(Path path) {
    try {
      return (long) Files.getAttribute(path, "unix:ino");
    } catch (IOException e) {
      return 0;
    }
  }

  int fd() {
    return fd;
  }

  /** The inode of the open file, whatever stands at its path by now. */
  long inode() {
    return inodeAt(Path.of("/proc/self/fd/" + fd));
  }

  @Override
  public void close() {
    Libbpf.close(fd);
  }
}
