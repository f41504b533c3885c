// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

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
 * The functions of libbpf and of the C library that this program calls, under the names and with
 * the signatures that the generated {@link Libbpf} has of them; a test compares. All go through one
 * method handle, since the JVM makes classes for each shape of a function when it is first called,
 * and all of that before the hooks are attached: see docs/decisions/0013. {@link
 * LibbpfLibrary#require} comes first.
 */
final class LibbpfCalls {
  /**
   * Integers and pointers travel in one register each, whatever their width, and the first six do
   * so on both machines (System V ABI for x86-64, AAPCS64). A callee ignores the registers that it
   * has no parameters for, and the upper half of one that holds 32 bits.
   */
  private static final FunctionDescriptor SHAPE =
      FunctionDescriptor.of(
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG,
          ValueLayout.JAVA_LONG);

  private static final MethodHandle CALL =
      Linker.nativeLinker().downcallHandle(SHAPE, Linker.Option.captureCallState("errno"));

  private static final MemoryLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final long ERRNO_OFFSET =
      CALL_STATE.byteOffset(MemoryLayout.PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(CALL_STATE));

  private static final SymbolLookup SYMBOLS =
      LibbpfLibrary.lookup().or(Linker.nativeLinker().defaultLookup());

  private static final MemorySegment BPF_ITER_CREATE = find("bpf_iter_create");
  private static final MemorySegment BPF_LINK__DESTROY = find("bpf_link__destroy");
  private static final MemorySegment BPF_LINK__FD = find("bpf_link__fd");
  private static final MemorySegment BPF_MAP__FD = find("bpf_map__fd");
  private static final MemorySegment BPF_MAP__INITIAL_VALUE = find("bpf_map__initial_value");
  private static final MemorySegment BPF_MAP__MAX_ENTRIES = find("bpf_map__max_entries");
  private static final MemorySegment BPF_MAP__SET_MAX_ENTRIES = find("bpf_map__set_max_entries");
  private static final MemorySegment BPF_MAP_GET_NEXT_KEY = find("bpf_map_get_next_key");
  private static final MemorySegment BPF_MAP_LOOKUP_ELEM = find("bpf_map_lookup_elem");
  private static final MemorySegment BPF_MAP_UPDATE_ELEM = find("bpf_map_update_elem");
  private static final MemorySegment BPF_OBJECT__CLOSE = find("bpf_object__close");
  private static final MemorySegment BPF_OBJECT__FIND_MAP_BY_NAME =
      find("bpf_object__find_map_by_name");
  private static final MemorySegment BPF_OBJECT__FIND_PROGRAM_BY_NAME =
      find("bpf_object__find_program_by_name");
  private static final MemorySegment BPF_OBJECT__LOAD = find("bpf_object__load");
  private static final MemorySegment BPF_OBJECT__OPEN_MEM = find("bpf_object__open_mem");
  private static final MemorySegment BPF_OBJ_GET_INFO_BY_FD = find("bpf_obj_get_info_by_fd");
  private static final MemorySegment BPF_PROG_GET_FD_BY_ID = find("bpf_prog_get_fd_by_id");
  private static final MemorySegment BPF_PROG_QUERY = find("bpf_prog_query");
  private static final MemorySegment BPF_PROG_TEST_RUN_OPTS = find("bpf_prog_test_run_opts");
  private static final MemorySegment BPF_PROGRAM__ATTACH_CGROUP =
      find("bpf_program__attach_cgroup");
  private static final MemorySegment BPF_PROGRAM__ATTACH_ITER = find("bpf_program__attach_iter");
  private static final MemorySegment BPF_PROGRAM__FD = find("bpf_program__fd");
  private static final MemorySegment BPF_PROGRAM__SET_AUTOLOAD = find("bpf_program__set_autoload");
  private static final MemorySegment LIBBPF_MAJOR_VERSION = find("libbpf_major_version");
  private static final MemorySegment LIBBPF_MINOR_VERSION = find("libbpf_minor_version");
  private static final MemorySegment LIBBPF_NUM_POSSIBLE_CPUS = find("libbpf_num_possible_cpus");
  private static final MemorySegment LIBBPF_SET_PRINT = find("libbpf_set_print");
  private static final MemorySegment CLOCK_GETTIME = find("clock_gettime");
  private static final MemorySegment CLOSE = find("close");
  private static final MemorySegment EPOLL_CREATE1 = find("epoll_create1");
  private static final MemorySegment EPOLL_CTL = find("epoll_ctl");
  private static final MemorySegment EPOLL_WAIT = find("epoll_wait");
  private static final MemorySegment EVENTFD = find("eventfd");
  private static final MemorySegment MMAP = find("mmap");
  private static final MemorySegment MUNMAP = find("munmap");
  private static final MemorySegment OPEN = find("open");
  private static final MemorySegment READ = find("read");
  private static final MemorySegment SETNS = find("setns");
  private static final MemorySegment SYSCONF = find("sysconf");
  private static final MemorySegment VSNPRINTF = find("vsnprintf");
  private static final MemorySegment WRITE = find("write");

  private LibbpfCalls() {}

  /** NULL for what a libbpf before 1.0 does not have, which is refused for its version. */
  private static MemorySegment find(String name) {
    return SYMBOLS.find(name).orElse(MemorySegment.NULL);
  }

  /** Why the last call of this thread failed, if it did. */
  static int errno() {
    return STATE.get().get(ValueLayout.JAVA_INT, ERRNO_OFFSET);
  }

  private static long address(MemorySegment segment) {
    if (!segment.isNative()) {
      throw new IllegalArgumentException("C cannot reach the Java heap");
    }
    return segment.address();
  }

  private static long call(MemorySegment function) {
    return call(function, 0, 0, 0, 0, 0, 0);
  }

  private static long call(MemorySegment function, long a) {
    return call(function, a, 0, 0, 0, 0, 0);
  }

  private static long call(MemorySegment function, long a, long b) {
    return call(function, a, b, 0, 0, 0, 0);
  }

  private static long call(MemorySegment function, long a, long b, long c) {
    return call(function, a, b, c, 0, 0, 0);
  }

  private static long call(MemorySegment function, long a, long b, long c, long d) {
    return call(function, a, b, c, d, 0, 0);
  }

  private static long call(MemorySegment function, long a, long b, long c, long d, long e, long f) {
    try {
      return (long) CALL.invokeExact(function, STATE.get(), a, b, c, d, e, f);
    } catch (Throwable thrown) {
      throw new AssertionError(thrown); // C does not throw
    }
  }

  static int bpf_iter_create(int linkFd) {
    return (int) call(BPF_ITER_CREATE, linkFd);
  }

  static int bpf_link__destroy(MemorySegment link) {
    return (int) call(BPF_LINK__DESTROY, address(link));
  }

  static int bpf_link__fd(MemorySegment link) {
    return (int) call(BPF_LINK__FD, address(link));
  }

  static int bpf_map__fd(MemorySegment map) {
    return (int) call(BPF_MAP__FD, address(map));
  }

  static MemorySegment bpf_map__initial_value(MemorySegment map, MemorySegment psize) {
    return MemorySegment.ofAddress(call(BPF_MAP__INITIAL_VALUE, address(map), address(psize)));
  }

  static int bpf_map__max_entries(MemorySegment map) {
    return (int) call(BPF_MAP__MAX_ENTRIES, address(map));
  }

  static int bpf_map__set_max_entries(MemorySegment map, int maxEntries) {
    return (int) call(BPF_MAP__SET_MAX_ENTRIES, address(map), maxEntries);
  }

  static int bpf_map_get_next_key(int fd, MemorySegment key, MemorySegment nextKey) {
    return (int) call(BPF_MAP_GET_NEXT_KEY, fd, address(key), address(nextKey));
  }

  static int bpf_map_lookup_elem(int fd, MemorySegment key, MemorySegment value) {
    return (int) call(BPF_MAP_LOOKUP_ELEM, fd, address(key), address(value));
  }

  static int bpf_map_update_elem(int fd, MemorySegment key, MemorySegment value, long flags) {
    return (int) call(BPF_MAP_UPDATE_ELEM, fd, address(key), address(value), flags);
  }

  static void bpf_object__close(MemorySegment object) {
    call(BPF_OBJECT__CLOSE, address(object));
  }

  static MemorySegment bpf_object__find_map_by_name(MemorySegment obj, MemorySegment name) {
    return MemorySegment.ofAddress(call(BPF_OBJECT__FIND_MAP_BY_NAME, address(obj), address(name)));
  }

  static MemorySegment bpf_object__find_program_by_name(MemorySegment obj, MemorySegment name) {
    return MemorySegment.ofAddress(
        call(BPF_OBJECT__FIND_PROGRAM_BY_NAME, address(obj), address(name)));
  }

  static int bpf_object__load(MemorySegment obj) {
    return (int) call(BPF_OBJECT__LOAD, address(obj));
  }

  static MemorySegment bpf_object__open_mem(
      MemorySegment objBuf, long objBufSz, MemorySegment opts) {
    return MemorySegment.ofAddress(
        call(BPF_OBJECT__OPEN_MEM, address(objBuf), objBufSz, address(opts)));
  }

  static int bpf_obj_get_info_by_fd(int bpfFd, MemorySegment info, MemorySegment infoLen) {
    return (int) call(BPF_OBJ_GET_INFO_BY_FD, bpfFd, address(info), address(infoLen));
  }

  static int bpf_prog_get_fd_by_id(int id) {
    return (int) call(BPF_PROG_GET_FD_BY_ID, id);
  }

  static int bpf_prog_query(
      int targetFd,
      int type,
      int queryFlags,
      MemorySegment attachFlags,
      MemorySegment progIds,
      MemorySegment progCnt) {
    return (int)
        call(
            BPF_PROG_QUERY,
            targetFd,
            type,
            queryFlags,
            address(attachFlags),
            address(progIds),
            address(progCnt));
  }

  static int bpf_prog_test_run_opts(int progFd, MemorySegment opts) {
    return (int) call(BPF_PROG_TEST_RUN_OPTS, progFd, address(opts));
  }

  static MemorySegment bpf_program__attach_cgroup(MemorySegment prog, int cgroupFd) {
    return MemorySegment.ofAddress(call(BPF_PROGRAM__ATTACH_CGROUP, address(prog), cgroupFd));
  }

  static MemorySegment bpf_program__attach_iter(MemorySegment prog, MemorySegment opts) {
    return MemorySegment.ofAddress(call(BPF_PROGRAM__ATTACH_ITER, address(prog), address(opts)));
  }

  static int bpf_program__fd(MemorySegment prog) {
    return (int) call(BPF_PROGRAM__FD, address(prog));
  }

  static int bpf_program__set_autoload(MemorySegment prog, boolean autoload) {
    return (int) call(BPF_PROGRAM__SET_AUTOLOAD, address(prog), autoload ? 1 : 0);
  }

  /** 0 before there were versions. */
  static int libbpf_major_version() {
    if (LIBBPF_MAJOR_VERSION.address() == 0) {
      return 0;
    }
    return (int) call(LIBBPF_MAJOR_VERSION);
  }

  static int libbpf_minor_version() {
    return (int) call(LIBBPF_MINOR_VERSION);
  }

  static int libbpf_num_possible_cpus() {
    return (int) call(LIBBPF_NUM_POSSIBLE_CPUS);
  }

  static MemorySegment libbpf_set_print(MemorySegment fn) {
    return MemorySegment.ofAddress(call(LIBBPF_SET_PRINT, address(fn)));
  }

  static int clock_gettime(int clockId, MemorySegment tp) {
    return (int) call(CLOCK_GETTIME, clockId, address(tp));
  }

  static int close(int fd) {
    return (int) call(CLOSE, fd);
  }

  static int epoll_create1(int flags) {
    return (int) call(EPOLL_CREATE1, flags);
  }

  static int epoll_ctl(int epfd, int op, int fd, MemorySegment event) {
    return (int) call(EPOLL_CTL, epfd, op, fd, address(event));
  }

  static int epoll_wait(int epfd, MemorySegment events, int maxevents, int timeout) {
    return (int) call(EPOLL_WAIT, epfd, address(events), maxevents, timeout);
  }

  static int eventfd(int count, int flags) {
    return (int) call(EVENTFD, count, flags);
  }

  static MemorySegment mmap(
      MemorySegment addr, long len, int prot, int flags, int fd, long offset) {
    return MemorySegment.ofAddress(call(MMAP, address(addr), len, prot, flags, fd, offset));
  }

  static int munmap(MemorySegment addr, long len) {
    return (int) call(MUNMAP, address(addr), len);
  }

  /** A file descriptor for reading, or -1. */
  static int open(Path path) {
    try (Arena arena = Arena.ofConfined()) {
      return open(arena.allocateFrom(path.toString()), Libbpf.O_RDONLY() | Libbpf.O_CLOEXEC());
    }
  }

  static int open(MemorySegment path, int flags) {
    return (int) call(OPEN, address(path), flags);
  }

  static long read(int fd, MemorySegment buf, long nbytes) {
    return call(READ, fd, address(buf), nbytes);
  }

  static int setns(int fd, int nstype) {
    return (int) call(SETNS, fd, nstype);
  }

  static long sysconf(int name) {
    return call(SYSCONF, name);
  }

  static int vsnprintf(MemorySegment s, long maxlen, MemorySegment format, MemorySegment arg) {
    return (int) call(VSNPRINTF, address(s), maxlen, address(format), address(arg));
  }

  static long write(int fd, MemorySegment buf, long n) {
    return call(WRITE, fd, address(buf), n);
  }
}
