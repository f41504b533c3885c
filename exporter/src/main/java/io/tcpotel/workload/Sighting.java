// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

/**
 * An address of this host, or an address with the port of a listener, and who used it in this
 * window of time and in the one before. Hot: allocates nothing.
 */
final class Sighting {
  /** More than one namespace, or none. */
  static final long NO_NETNS = 0;

  private static final long SEVERAL = -1;

  final long first;
  final long second;

  /** 0 of an address that is known in all namespaces. */
  final long keyNetns;

  /** 0 of the address itself. */
  final int port;

  private long window;
  private Workload current;
  private Workload previous;
  private long currentNetns;
  private long previousNetns;

  Sighting(long first, long second, long keyNetns, int port) {
    this.first = first;
    this.second = second;
    this.keyNetns = keyNetns;
    this.port = port;
  }

  void add(Workload workload, long netns, long window) {
    if (window != this.window) {
      boolean follows = window == this.window + 1;
      previous = follows ? current : null;
      previousNetns = follows ? currentNetns : NO_NETNS;
      current = null;
      currentNetns = NO_NETNS;
      this.window = window;
    }
    current = current == null ? workload : common(current, workload);
    currentNetns = common(currentNetns, netns);
  }

  boolean isSeenSince(long oldest) {
    return window >= oldest;
  }

  /**
   * The one that used it, or the pod if all were of one; {@link Workload#AGENT} if several did, or
   * an unknown one; null if none.
   */
  Workload workload(long now) {
    Workload late = now - window <= 1 ? current : null;
    Workload early = now == window ? previous : null;
    return early == null ? late : late == null ? early : common(early, late);
  }

  long netns(long now) {
    long late = now - window <= 1 ? currentNetns : NO_NETNS;
    long common = now == window ? common(late, previousNetns) : late;
    return common == SEVERAL ? NO_NETNS : common;
  }

  private static long common(long netns, long other) {
    return netns == NO_NETNS || netns == other ? other : other == NO_NETNS ? netns : SEVERAL;
  }

  /** By identity: one that had expired and came back is another object. */
  private static Workload common(Workload one, Workload other) {
    if (one == Workload.AGENT) {
      return one; // several use the host's own addresses: for each record
    }
    if (one == other || one.identity().equals(other.identity())) {
      return other;
    }
    boolean isOnePod =
        one.isInPod() && other.isInPod() && one.groupIdentity().equals(other.groupIdentity());
    return isOnePod ? one.group() : Workload.AGENT;
  }
}
