// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.libbpf.Libbpf;
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

  private final Deque<Integer> runs;
  private final int recordsPerStep;
  private final int notEntered;
  private SocketWalk walk;

  /**
   * @param runs the files of the walks, one for each namespace
   * @param notEntered the number of namespaces that have none
   */
  Adoption(List<Integer> runs, int notEntered, long ringBytes) {
    this.runs = new ArrayDeque<>(runs);
    this.notEntered = notEntered;
    this.recordsPerStep = LiveWalks.recordsPerStep(ringBytes);
  }

  /**
   * Opens all walks, which takes the privilege to enter namespaces; their steps take none.
   *
   * @param ownNetns whether the own network namespace is all that is wanted
   */
  static Adoption begin(SocketIterator iterator, long ringBytes, boolean ownNetns) {
    List<Integer> runs = new ArrayList<>();
    runs.add(iterator.run());
    int notEntered = 0;
    for (Path namespace : ownNetns ? List.<Path>of() : NetworkNamespaces.others()) {
      Integer run = null;
      try {
        run = NetworkNamespaces.runIn(namespace, iterator::run);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
      if (run == null) {
        notEntered++;
      } else {
        runs.add(run);
      }
    }
    return new Adoption(runs, notEntered, ringBytes);
  }

  /** The walks that no step has been made of. */
  List<Integer> runs() {
    return List.copyOf(runs);
  }

  int notEntered() {
    return notEntered;
  }

  /** Visits the next sockets; false at the end. The ring is to be drained after each step. */
  public boolean step() {
    while (walk != null || !runs.isEmpty()) {
      if (walk == null) {
        walk = new SocketWalk(runs.remove(), recordsPerStep);
      }
      if (walk.step()) {
        return true;
      }
      closeWalk();
    }
    return false;
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
              "start it again with CAP_SYS_ADMIN, or do without them"));
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
    runs.forEach(Libbpf::close);
    runs.clear();
  }
}
