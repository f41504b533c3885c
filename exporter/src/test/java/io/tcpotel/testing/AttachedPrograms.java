// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/** How many sockops programs are attached to a cgroup, as the kernel tells it (BPF_PROG_QUERY). */
public final class AttachedPrograms {
  /** enum bpf_attach_type. */
  private static final int BPF_CGROUP_SOCK_OPS = 3;

  private static final MethodHandle PROG_QUERY =
      Linker.nativeLinker()
          .downcallHandle(
              SymbolLookup.libraryLookup("libbpf.so.1", Arena.global())
                  .findOrThrow("bpf_prog_query"),
              FunctionDescriptor.of(
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.JAVA_INT,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS,
                  ValueLayout.ADDRESS));

  private AttachedPrograms() {}

  public static int count(Path cgroup) {
    int fd = Posix.open(cgroup.toString(), 0);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment count = arena.allocate(ValueLayout.JAVA_INT);
      int result =
          (int)
              PROG_QUERY.invokeExact(
                  fd, BPF_CGROUP_SOCK_OPS, 0, MemorySegment.NULL, MemorySegment.NULL, count);
      if (result != 0) {
        throw new IllegalStateException("bpf_prog_query: " + result);
      }
      return count.get(ValueLayout.JAVA_INT, 0);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    } finally {
      Posix.close(fd);
    }
  }
}
