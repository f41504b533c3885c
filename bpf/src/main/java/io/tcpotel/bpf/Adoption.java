// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Finds the connections that were established before the hooks were attached, one network namespace
 * after the other: the kernel shows the sockets of one at a time.
 */
public final class Adoption implements AutoCloseable {
  private final SocketIterator iterator;
  private final int recordsPerStep;
  private final Deque<Path> others = new ArrayDeque<>();
  private SocketWalk walk;
  private int notEntered;

  /**
   * @param ownNetns whether the own network namespace is all that is wanted
   */
  Adoption(SocketIterator iterator, long ringBytes, boolean ownNetns) {
    this.iterator = iterator;
    this.recordsPerStep = LiveWalks.recordsPerStep(ringBytes);
    this.walk = iterator.walk(recordsPerStep);
    if (!ownNetns) {
      others.addAll(NetworkNamespaces.others());
    }
  }

  /** Visits the next sockets; false at the end. The ring is to be drained after each step. */
  public boolean step() {
    if (walk != null && walk.step()) {
      return true;
    }
    closeWalk();
    while (walk == null && !others.isEmpty()) {
      enter(others.remove());
    }
    return walk != null;
  }

  private void enter(Path namespace) {
    try {
      walk = NetworkNamespaces.runIn(namespace, () -> iterator.walk(recordsPerStep));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      others.clear();
    }
    if (walk == null) {
      notEntered++;
    }
  }

  /** Network namespaces that this process could not look into: that takes CAP_SYS_ADMIN. */
  public int notEntered() {
    return notEntered;
  }

  private void closeWalk() {
    if (walk != null) {
      walk.close();
      walk = null;
    }
  }

  @Override
  public void close() {
    closeWalk();
    iterator.close();
  }
}
