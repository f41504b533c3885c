// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.libbpf.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One run of a kernel program over sockets, step by step: the program writes a byte for each socket
 * that it visits, so the size of a read bounds how many that are, and so how many records it can
 * put into the ring. Not for use by several threads.
 */
public final class SocketWalk implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final int iteratorFd;
  private final MemorySegment marks;
  private long visited;

  /**
   * @param iteratorFd closed with this
   * @param socketsPerStep how many sockets a step visits at most
   */
  SocketWalk(int iteratorFd, int socketsPerStep) {
    this.iteratorFd = iteratorFd;
    this.marks = arena.allocate(socketsPerStep);
  }

  /** Visits the next sockets; false at the end. */
  public boolean step() {
    long read = Libbpf.read(iteratorFd, marks, marks.byteSize());
    visited += Math.max(0, read);
    return read > 0;
  }

  /** Sockets so far. */
  public long visited() {
    return visited;
  }

  @Override
  public void close() {
    Libbpf.close(iteratorFd);
    arena.close();
  }
}
