// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.libbpf.Libbpf;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One run of a kernel program over sockets, step by step: the program writes a byte for each record
 * that it puts into the ring, so the size of a read bounds how many these are. Not for use by
 * several threads.
 */
public final class SocketWalk implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final int iteratorFd;
  private final MemorySegment marks;

  /**
   * @param iteratorFd closed with this
   * @param recordsPerStep how many records a step makes at most
   */
  SocketWalk(int iteratorFd, int recordsPerStep) {
    this.iteratorFd = iteratorFd;
    this.marks = arena.allocate(recordsPerStep);
  }

  /** Visits the next sockets; false at the end. */
  public boolean step() {
    return Libbpf.read(iteratorFd, marks, marks.byteSize()) > 0;
  }

  @Override
  public void close() {
    Libbpf.close(iteratorFd);
    arena.close();
  }
}
