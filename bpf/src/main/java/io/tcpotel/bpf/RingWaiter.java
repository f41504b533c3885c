// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.abi.tcp_probe_shared;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.epoll_event;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Sleeps until the ring fills, the time is over, or another thread calls {@link #wake}. The ring is
 * watched by edge: by level, any waiting record would end the sleep at once, and the timer that
 * spares a wake-up for each would be for nothing.
 */
public final class RingWaiter implements AutoCloseable {
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();
  private static final int EVENTS = 2;

  private final Arena arena = Arena.ofShared();
  private final MemorySegment shared;
  private final MemorySegment events = epoll_event.allocateArray(EVENTS, arena);
  private final MemorySegment word = arena.allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
  private final int epollFd;
  private final int eventFd;

  /** A waiter on {@code ring}; {@code shared} is {@link TcpProbe#shared}. */
  public RingWaiter(RingMapping ring, MemorySegment shared) {
    this.shared = shared;
    this.epollFd = require(LibbpfCalls.epoll_create1(Libbpf.EPOLL_CLOEXEC()));
    this.eventFd = require(LibbpfCalls.eventfd(0, Libbpf.EFD_CLOEXEC() | Libbpf.EFD_NONBLOCK()));
    watch(ring.mapFd(), Libbpf.EPOLLIN() | Libbpf.EPOLLET());
    watch(eventFd, Libbpf.EPOLLIN());
  }

  /** See {@link TcpProbe#rehearse}. */
  static void rehearse() {
    tcp_probe_shared.layout();
    epoll_event.layout();
  }

  private static int require(int result) {
    if (result < 0) {
      throw Failure.running(
          "watch the ring",
          "no file descriptor",
          "raise the limit of open files (ulimit -n)",
          null);
    }
    return result;
  }

  private void watch(int fd, int flags) {
    MemorySegment event = epoll_event.allocate(arena);
    epoll_event.events(event, flags);
    require(LibbpfCalls.epoll_ctl(epollFd, Libbpf.EPOLL_CTL_ADD(), fd, event));
  }

  /**
   * Sleeps at most {@code timeoutMs}. Arms the ring's wake-up again before it returns, so that a
   * record put after the caller's last look at the ring ends the next sleep.
   */
  public void await(int timeoutMs) {
    if (LibbpfCalls.epoll_wait(epollFd, events, EVENTS, timeoutMs) > 0) {
      LibbpfCalls.read(
          eventFd, word, Long.BYTES); // non-blocking: takes back a wake(), if that was it
    }
    // Before the drain that follows: cleared after it, a record put in between would find the word
    // set and wake nobody.
    INT.setVolatile(shared, tcp_probe_shared.wakeup_pending$offset(), 0);
  }

  /** Ends the present sleep, or the next one; from any thread. */
  public void wake() {
    LibbpfCalls.write(eventFd, one, Long.BYTES);
  }

  @Override
  public void close() {
    LibbpfCalls.close(epollFd);
    LibbpfCalls.close(eventFd);
    arena.close();
  }
}
