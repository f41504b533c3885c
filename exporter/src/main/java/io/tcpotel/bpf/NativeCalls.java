// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * The door to libbpf and the C library: finds libbpf, and makes the calls whose error is in errno.
 * Functions that return -errno themselves are called through the generated {@link Libbpf} directly.
 */
final class NativeCalls {
  /** Names another libbpf than the system's. */
  static final String LIBRARY_VARIABLE = "TCPOTEL_LIBBPF";

  private static final String SONAME = "libbpf.so.1";

  /** Of the versions before 1.0, as Ubuntu 22.04 has it. */
  private static final String OLD_SONAME = "libbpf.so.0";

  private static final String STEP = "load libbpf";
  private static final String REMEDY =
      "install libbpf 1.0 or newer (Debian 12, Ubuntu 24.04: apt-get install libbpf1), or name one in "
          + LIBRARY_VARIABLE;

  private static final MemoryLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO_OFFSET =
      CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));

  private NativeCalls() {}

  /**
   * Finds libbpf, once and before the generated bindings are touched: they look it up in a static
   * initialiser, which would fail for ever. Throws a {@link Failure} if it is missing or older than
   * 1.0.
   */
  static void requireLibbpf() {
    String path = System.getenv(LIBRARY_VARIABLE);
    try {
      // A copy loaded first is what the bindings' look-up by soname finds.
      SymbolLookup library =
          path == null
              ? SymbolLookup.libraryLookup(SONAME, Arena.global())
              : SymbolLookup.libraryLookup(Path.of(path), Arena.global());
      requireVersion(library, path == null ? SONAME : path);
    } catch (IllegalArgumentException e) {
      throw Failure.missing(STEP, unopened(path), REMEDY);
    }
    LibbpfLog.install();
  }

  private static String unopened(String path) {
    try (Arena arena = Arena.ofConfined()) {
      SymbolLookup.libraryLookup(OLD_SONAME, arena);
      return path == null ? OLD_SONAME + " is older than 1.0" : path + " cannot be opened";
    } catch (IllegalArgumentException e) {
      return (path == null ? SONAME : path) + " cannot be opened";
    }
  }

  private static void requireVersion(SymbolLookup library, String name) {
    FunctionDescriptor returnsInt = FunctionDescriptor.of(ValueLayout.JAVA_INT);
    int major =
        library
            .find("libbpf_major_version")
            .map(address -> Linker.nativeLinker().downcallHandle(address, returnsInt))
            .map(NativeCalls::invokeInt)
            .orElse(0);
    if (major < 1) {
      throw Failure.missing(STEP, name + " is older than 1.0", REMEDY);
    }
  }

  private static int invokeInt(MethodHandle handle) {
    try {
      return (int) handle.invokeExact();
    } catch (Throwable e) {
      throw new AssertionError(e); // C does not throw
    }
  }

  /** What a call gave: a value, and errno if the value says failure. */
  record Result(long value, int errno) {}

  /**
   * A call that takes integers and pointers, given as long, returns one, and leaves its error in
   * errno.
   */
  private static Result capture(
      MemorySegment function, FunctionDescriptor descriptor, Object... arguments) {
    MethodHandle handle =
        Linker.nativeLinker()
            .downcallHandle(function, descriptor, Linker.Option.captureCallState("errno"));
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      Object[] all = new Object[arguments.length + 1];
      all[0] = state;
      System.arraycopy(arguments, 0, all, 1, arguments.length);
      Object value = handle.invokeWithArguments(all);
      long number =
          value instanceof MemorySegment pointer ? pointer.address() : ((Number) value).longValue();
      return new Result(number, state.get(ValueLayout.JAVA_INT, ERRNO_OFFSET));
    } catch (Throwable e) {
      throw new AssertionError(e); // C does not throw
    }
  }

  /** A file descriptor, or -1. */
  static Result open(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      Libbpf.open open = Libbpf.open.makeInvoker();
      return capture(
          Libbpf.open.address(),
          open.descriptor(),
          arena.allocateFrom(path.toString()),
          Libbpf.O_RDONLY() | Libbpf.O_CLOEXEC());
    }
  }

  /** An address, or -1. */
  static Result mmap(long length, int protection, int fd, long offset) {
    return capture(
        Libbpf.mmap$address(),
        Libbpf.mmap$descriptor(),
        MemorySegment.NULL,
        length,
        protection,
        Libbpf.MAP_SHARED(),
        fd,
        offset);
  }

  /** A struct bpf_object, or 0. */
  static Result openObject(MemorySegment image, MemorySegment options) {
    return capture(
        Libbpf.bpf_object__open_mem$address(),
        Libbpf.bpf_object__open_mem$descriptor(),
        image,
        image.byteSize(),
        options);
  }

  /** A struct bpf_link, or 0. */
  static Result attachToCgroup(MemorySegment program, int cgroupFd) {
    return capture(
        Libbpf.bpf_program__attach_cgroup$address(),
        Libbpf.bpf_program__attach_cgroup$descriptor(),
        program,
        cgroupFd);
  }

  /** A struct bpf_link, or 0. */
  static Result attachIterator(MemorySegment program, MemorySegment options) {
    return capture(
        Libbpf.bpf_program__attach_iter$address(),
        Libbpf.bpf_program__attach_iter$descriptor(),
        program,
        options);
  }
}
