// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.epoll_event;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Sleeps until the ring fills, the time is over, or another thread calls {@link #wake}. The ring is
 * watched by edge: by level, any waiting record would end the sleep at once, as if there were a
 * wake-up for each record.
 */
public final class RingWaiter implements AutoCloseable {
  private static final int EVENTS = 2;

  private final Arena arena = Arena.ofShared();
  private final SharedWords shared;
  private final MemorySegment events = epoll_event.allocateArray(EVENTS, arena);
  private final MemorySegment word = arena.allocate(ValueLayout.JAVA_LONG);
  private final MemorySegment one = arena.allocateFrom(ValueLayout.JAVA_LONG, 1);
  private final int epollFd;
  private final int eventFd;
  private boolean closed;

  /** A waiter on {@code ring}; {@code shared} is {@link TcpProbe#shared}. */
  public RingWaiter(RingMapping ring, SharedWords shared) {
    this.shared = shared;
    this.epollFd = require(Libbpf.epoll_create1(Libbpf.EPOLL_CLOEXEC()));
    this.eventFd = require(Libbpf.eventfd(0, Libbpf.EFD_CLOEXEC() | Libbpf.EFD_NONBLOCK()));
    watch(ring.mapFd(), Libbpf.EPOLLIN() | Libbpf.EPOLLET());
    watch(eventFd, Libbpf.EPOLLIN());
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
    require(Libbpf.epoll_ctl(epollFd, Libbpf.EPOLL_CTL_ADD(), fd, event));
  }

  /**
   * Sleeps at most {@code timeoutMs}. Allows the next wake-up before it returns, and so before the
   * caller drains the ring: a record that the drain does not see ends the next sleep.
   */
  public void await(int timeoutMs) {
    if (Libbpf.epoll_wait(epollFd, events, EVENTS, timeoutMs) > 0) {
      Libbpf.read(eventFd, word, Long.BYTES); // non-blocking: takes a wake() back, if there was one
    }
    shared.allowWakeup();
  }

  /** Ends the present sleep, or the next one; from any thread, also after {@link #close}. */
  public synchronized void wake() {
    if (!closed) {
      Libbpf.write(eventFd, one, Long.BYTES);
    }
  }

  /** Excludes {@link #wake}: the descriptor's number may soon be another file's. */
  @Override
  public synchronized void close() {
    closed = true;
    Libbpf.close(epollFd);
    Libbpf.close(eventFd);
    arena.close();
  }
}
