// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.CgroupNames;
import io.tcpotel.workload.WorkloadTable;

/** The cgroups of this machine, those that were removed a while ago excepted. */
public final class MachineCgroups {
  /** A look at all names takes milliseconds. */
  private static final long FORGET_EVERY_NS = 300_000_000_000L;

  /** A workload that is known needs no name; few connections outlive their cgroup. */
  private static final long FORGET_AFTER_NS = 600_000_000_000L;

  private final CgroupNames names;
  private long forgottenNs = System.nanoTime();

  MachineCgroups(CgroupNames names) {
    this.names = names;
  }

  /** An empty table of their workloads, for the thread that reads the records. */
  public WorkloadTable workloads() {
    return new WorkloadTable(names::path, names::isRemoved, WorkloadTable.LIMIT);
  }

  /** Null if it is not known; on that thread. */
  public String path(long id) {
    return names.path(id);
  }

  void tick() {
    long nowNs = System.nanoTime();
    if (nowNs - forgottenNs >= FORGET_EVERY_NS) {
      forgottenNs = nowNs;
      names.forgetRemovedBefore(nowNs - FORGET_AFTER_NS);
    }
  }
}
