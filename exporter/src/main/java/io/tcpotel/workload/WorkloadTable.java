// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.Predicate;

/** Workloads by the id of their cgroup. The reader's thread uses it. */
public final class WorkloadTable {
  /**
   * @param pathOf a cgroup's id to its path, null if that is unknown
   * @param limit of cgroups
   */
  public WorkloadTable(LongFunction<String> pathOf, int limit) {}

  /** A table in which every cgroup belongs to {@link Workload#AGENT}. */
  public static WorkloadTable ofAgent() {
    return new WorkloadTable(id -> null, 0);
  }

  /** Hot for a cgroup that is known: allocates nothing. */
  public Workload of(long cgroupId) {
    return Workload.AGENT;
  }

  /** A workload stays for as long as {@code holder} is true of it. */
  public void addHolder(Predicate<Workload> holder) {}

  /** {@code listener} is told of each workload that expires. */
  public void onExpiry(Consumer<Workload> listener) {}

  /**
   * Time goes on; from time to time, those that had no record for some time are forgotten.
   *
   * @param nowNs by a clock that never goes back
   */
  public void tick(long nowNs) {}

  /** Lookups that were answered with {@link Workload#AGENT} because the table was full. */
  public long beyondLimit() {
    return 0;
  }

  /** Lookups of cgroups whose path is unknown. */
  public long unknown() {
    return 0;
  }
}
