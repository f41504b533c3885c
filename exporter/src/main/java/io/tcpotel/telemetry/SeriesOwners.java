// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.workload.ByWorkload;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * The workloads that have series. The reader's thread uses it. Hot: {@link #of}, which allocates
 * once per workload.
 */
final class SeriesOwners {
  /** Between two looks for workloads that have ended. */
  private static final long LOOK_NS = TimeUnit.MILLISECONDS.toNanos(250);

  private final WorkloadTable workloads;

  private final ByWorkload<SeriesOwner> all = new ByWorkload<>();

  /** Those that may still turn out to be short-lived. */
  private final List<SeriesOwner> young = new ArrayList<>();

  private long lookedAtNs;

  SeriesOwners(WorkloadTable workloads) {
    this.workloads = workloads;
    workloads.addHolder(this::hasSeries);
    workloads.onExpiry(this::forget);
    workloads.onCgroup(this::tellApart);
  }

  private boolean hasSeries(Workload workload) {
    SeriesOwner owner = all.get(workload);
    return owner != null && owner.hasSeries();
  }

  private void forget(Workload expired) {
    young.remove(all.get(expired));
    all.remove(expired);
  }

  /** One that had ended lives again: a service that was started again. */
  private void tellApart(Workload workload) {
    SeriesOwner owner = all.get(workload);
    if (owner != null && owner.isShared()) {
      all.remove(workload);
    }
  }

  /** In which connections of {@code workload} are counted. */
  SeriesOwner of(Workload workload) {
    SeriesOwner found = all.get(workload);
    return (found == null ? add(workload) : found).counted();
  }

  private SeriesOwner add(Workload workload) {
    boolean isMember = workload.group() != workload;
    SeriesOwner added = new SeriesOwner(workload, isMember);
    if (isMember) {
      young.add(added);
    }
    all.put(workload, added);
    return added;
  }

  /** Whether to {@link #lookForShortLived}. */
  boolean isTimeToLook(long nowNs) {
    if (young.isEmpty() || nowNs - lookedAtNs < LOOK_NS) {
      return false;
    }
    lookedAtNs = nowNs;
    return true;
  }

  /**
   * Decides about those that no collection has shown: who has ended shares the series of its group
   * from now on, who has not may be shown. Needs the lock. Whether there are new ones that share.
   */
  boolean lookForShortLived() {
    young.removeIf(SeriesOwner::isShown);
    Set<Workload> ended = ended(young);
    for (SeriesOwner owner : young) {
      if (ended.contains(owner.workload())) {
        owner.shareWith(of(owner.workload().group()));
      } else {
        owner.setHeldBack(false);
      }
    }
    return young.removeIf(SeriesOwner::isShared);
  }

  /** Nothing is held back from the last collection. Needs the lock. */
  void showAll() {
    young.forEach(owner -> owner.setHeldBack(false));
  }

  /** Marks the workloads that have ended. */
  void lookForEnded() {
    List<SeriesOwner> members = new ArrayList<>();
    all.forEach(
        owner -> {
          if (owner.hasSeries() && owner.workload().group() != owner.workload()) {
            members.add(owner);
          }
        });
    Set<Workload> ended = ended(members);
    members.forEach(owner -> owner.setEnded(ended.contains(owner.workload())));
  }

  private Set<Workload> ended(List<SeriesOwner> owners) {
    Set<Workload> ended = new HashSet<>();
    owners.forEach(owner -> ended.add(owner.workload()));
    workloads.removeLiving(ended);
    return ended;
  }
}
