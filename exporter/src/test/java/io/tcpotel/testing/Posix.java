// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/**
 * The system calls of the test sockets, as the C library has them. Every function here returns what
 * the call returned, or -errno if it failed: the kernel's own convention, in which an errno cannot
 * be lost between two calls.
 */
final class Posix {
  static final int SCRATCH_BYTES = 64 * 1024;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /**
   * One transfer buffer and one errno per thread: calls of different threads never share memory.
   */
  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  private static final FunctionDescriptor INT_OF_2_INTS = returningInt(JAVA_INT, JAVA_INT);
  private static final FunctionDescriptor INT_OF_3_INTS =
      returningInt(JAVA_INT, JAVA_INT, JAVA_INT);
  private static final FunctionDescriptor SET_ADDRESS = returningInt(JAVA_INT, ADDRESS, JAVA_INT);
  private static final FunctionDescriptor GET_ADDRESS = returningInt(JAVA_INT, ADDRESS, ADDRESS);
  private static final FunctionDescriptor TRANSFER =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);

  private static final FunctionDescriptor STREAM =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG);

  private static final MethodHandle SOCKET = function("socket", INT_OF_3_INTS);
  private static final MethodHandle BIND = function("bind", SET_ADDRESS);
  private static final MethodHandle LISTEN = function("listen", INT_OF_2_INTS);
  private static final MethodHandle ACCEPT4 =
      function("accept4", returningInt(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
  private static final MethodHandle CONNECT = function("connect", SET_ADDRESS);
  private static final MethodHandle SEND = function("send", TRANSFER);
  private static final MethodHandle RECV = function("recv", TRANSFER);
  private static final MethodHandle SHUTDOWN = function("shutdown", INT_OF_2_INTS);
  private static final MethodHandle CLOSE = function("close", returningInt(JAVA_INT));
  private static final MethodHandle SETSOCKOPT =
      function("setsockopt", returningInt(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKOPT =
      function("getsockopt", returningInt(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final MethodHandle GETSOCKNAME = function("getsockname", GET_ADDRESS);
  private static final MethodHandle POLL =
      function("poll", returningInt(ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle FCNTL =
      function("fcntl", INT_OF_3_INTS, Linker.Option.firstVariadicArg(2));
  private static final MethodHandle OPEN =
      function("open", returningInt(ADDRESS, JAVA_INT), Linker.Option.firstVariadicArg(2));
  private static final MethodHandle SETNS = function("setns", INT_OF_2_INTS);
  private static final MethodHandle IOCTL =
      function(
          "ioctl", returningInt(JAVA_INT, JAVA_LONG, ADDRESS), Linker.Option.firstVariadicArg(2));
  private static final MethodHandle READ = function("read", STREAM);
  private static final MethodHandle WRITE = function("write", STREAM);

  private Posix() {}

  /**
   * The calling thread's transfer buffer of {@link #SCRATCH_BYTES}; its content lasts until the
   * thread's next use.
   */
  static MemorySegment scratch() {
    return SCRATCH.get().buffer;
  }

  static int socket(int family, int type, int protocol) {
    return call("socket", state -> (int) SOCKET.invokeExact(state, family, type, protocol));
  }

  static int bind(int fd, MemorySegment address, int addressBytes) {
    return call("bind", state -> (int) BIND.invokeExact(state, fd, address, addressBytes));
  }

  static int listen(int fd, int backlog) {
    return call("listen", state -> (int) LISTEN.invokeExact(state, fd, backlog));
  }

  static int accept(int fd, int flags) {
    MemorySegment none = MemorySegment.NULL;
    return call("accept4", state -> (int) ACCEPT4.invokeExact(state, fd, none, none, flags));
  }

  static int connect(int fd, MemorySegment address, int addressBytes) {
    return call("connect", state -> (int) CONNECT.invokeExact(state, fd, address, addressBytes));
  }

  static int send(int fd, MemorySegment buffer, int bytes, int flags) {
    return call(
        "send", state -> (int) (long) SEND.invokeExact(state, fd, buffer, (long) bytes, flags));
  }

  static int recv(int fd, MemorySegment buffer, int bytes, int flags) {
    return call(
        "recv", state -> (int) (long) RECV.invokeExact(state, fd, buffer, (long) bytes, flags));
  }

  static int shutdown(int fd, int how) {
    return call("shutdown", state -> (int) SHUTDOWN.invokeExact(state, fd, how));
  }

  static int close(int fd) {
    return call("close", state -> (int) CLOSE.invokeExact(state, fd));
  }

  static int setsockopt(int fd, int level, int option, MemorySegment value, int valueBytes) {
    return call(
        "setsockopt",
        state -> (int) SETSOCKOPT.invokeExact(state, fd, level, option, value, valueBytes));
  }

  static int getsockopt(int fd, int level, int option, MemorySegment value, MemorySegment length) {
    return call(
        "getsockopt",
        state -> (int) GETSOCKOPT.invokeExact(state, fd, level, option, value, length));
  }

  static int getsockname(int fd, MemorySegment address, MemorySegment length) {
    return call("getsockname", state -> (int) GETSOCKNAME.invokeExact(state, fd, address, length));
  }

  static int poll(MemorySegment entries, int count, int limitMs) {
    return call("poll", state -> (int) POLL.invokeExact(state, entries, (long) count, limitMs));
  }

  static int fcntl(int fd, int command, int argument) {
    return call("fcntl", state -> (int) FCNTL.invokeExact(state, fd, command, argument));
  }

  static int open(String path, int flags) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path);
      return call("open", state -> (int) OPEN.invokeExact(state, name, flags));
    }
  }

  static int setns(int fd, int kind) {
    return call("setns", state -> (int) SETNS.invokeExact(state, fd, kind));
  }

  static int ioctl(int fd, long request, MemorySegment argument) {
    return call("ioctl", state -> (int) IOCTL.invokeExact(state, fd, request, argument));
  }

  static int read(int fd, MemorySegment buffer, int bytes) {
    return call("read", state -> (int) (long) READ.invokeExact(state, fd, buffer, (long) bytes));
  }

  static int write(int fd, MemorySegment buffer, int bytes) {
    return call("write", state -> (int) (long) WRITE.invokeExact(state, fd, buffer, (long) bytes));
  }

  /** The result of a call that must not fail. */
  static int check(String call, int result) {
    if (result < 0) {
      throw new PosixException(call, -result);
    }
    return result;
  }

  /** A call of the C library, which keeps errno in {@code state}. */
  private interface Call {
    int make(MemorySegment state) throws Throwable;
  }

  private static int call(String name, Call call) {
    MemorySegment state = SCRATCH.get().state;
    try {
      int result = call.make(state);
      return result >= 0 ? result : -(int) ERRNO.get(state, 0L);
    } catch (Throwable e) {
      throw new AssertionError(name, e);
    }
  }

  private static FunctionDescriptor returningInt(MemoryLayout... arguments) {
    return FunctionDescriptor.of(JAVA_INT, arguments);
  }

  private static MethodHandle function(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker.Option[] all = new Linker.Option[options.length + 1];
    System.arraycopy(options, 0, all, 0, options.length);
    all[options.length] = Linker.Option.captureCallState("errno");
    MemorySegment address = LINKER.defaultLookup().findOrThrow(name);
    return LINKER.downcallHandle(address, descriptor, all);
  }

  private static final class Scratch {
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment state = arena.allocate(STATE);
    private final MemorySegment buffer = arena.allocate(SCRATCH_BYTES, Long.BYTES);
  }
}
