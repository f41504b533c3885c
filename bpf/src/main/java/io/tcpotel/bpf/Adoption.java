// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Finds the connections that were established before the hooks were attached, one network namespace
 * after the other: the kernel shows the sockets of one at a time.
 */
public final class Adoption implements AutoCloseable {
  private static final String NEWER = "boot a kernel of 6.12 or newer, or do without them";

  /** Without {@link TcpProbe#canAdopt}. */
  public static final Obstacle NOT_POSSIBLE =
      new Obstacle(
          "connections older than this program are not seen, because this kernel cannot show them",
          NEWER);

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

  /**
   * The reasons for which older connections were not found, after the last step.
   *
   * @param refused the connections that the kernel found and could not watch
   */
  public List<Obstacle> obstacles(long refused) {
    List<Obstacle> obstacles = new ArrayList<>();
    if (refused > 0) {
      obstacles.add(
          new Obstacle(
              refused
                  + " connections are older than this program and not seen: this kernel cannot watch"
                  + " them",
              NEWER));
    }
    if (notEntered > 0) {
      obstacles.add(
          new Obstacle(
              "connections older than this program are not seen in %d other network namespaces, which"
                      .formatted(notEntered)
                  + " this process cannot enter",
              "give it CAP_SYS_ADMIN, or do without them"));
    }
    return obstacles;
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
