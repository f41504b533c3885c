// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.workload.CgroupMap.Entry;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import java.util.function.LongPredicate;
import java.util.function.Predicate;

/**
 * Workloads by the id of their cgroup. Cgroups of one container or unit have one workload. The
 * reader's thread uses it.
 */
public final class WorkloadTable {
  /** Of cgroups. An entry with its workload takes half a KiB. */
  public static final int LIMIT = 8192;

  /** After the last record. */
  static final long EXPIRY_NS = TimeUnit.MINUTES.toNanos(2);

  /** Likewise, where the table is full. */
  static final long EXPIRY_IF_FULL_NS = TimeUnit.SECONDS.toNanos(10);

  /** Between two questions for one path. */
  static final long ASK_AGAIN_NS = TimeUnit.SECONDS.toNanos(1);

  private static final long SWEEP_NS = TimeUnit.SECONDS.toNanos(30);
  private static final long SWEEP_IF_FULL_NS = TimeUnit.SECONDS.toNanos(1);

  private final LongFunction<String> pathOf;
  private final LongPredicate isRemoved;
  private final int limit;
  private final CgroupMap cgroups = new CgroupMap();
  private final Workloads workloads = new Workloads();
  private final List<Predicate<Workload>> holders = new ArrayList<>();
  private final List<Consumer<Workload>> listeners = new ArrayList<>();
  private final List<Consumer<Workload>> cgroupListeners = new ArrayList<>();
  private long nowNs;
  private long sweptAtNs;
  private long beyondLimit;
  private long unknown;

  /**
   * @param pathOf a cgroup's id to its path, null if that is unknown
   * @param isRemoved whether a cgroup does not exist any more
   * @param limit of cgroups
   */
  public WorkloadTable(LongFunction<String> pathOf, LongPredicate isRemoved, int limit) {
    this.pathOf = pathOf;
    this.isRemoved = isRemoved;
    this.limit = limit;
  }

  /** A table in which every cgroup belongs to {@link Workload#AGENT}. */
  public static WorkloadTable ofAgent() {
    return new WorkloadTable(id -> null, id -> false, 0);
  }

  /** Whether there are others than {@link Workload#AGENT}. */
  public boolean tellsWorkloadsApart() {
    return limit != 0;
  }

  /**
   * A workload stays for as long as {@code holder} is true of it. Who puts its number into keys is
   * its holder while there are such keys.
   */
  public void addHolder(Predicate<Workload> holder) {
    holders.add(holder);
  }

  /** {@code listener} is told of each workload that expires. */
  public void onExpiry(Consumer<Workload> listener) {
    listeners.add(listener);
  }

  /** {@code listener} is told of the workload of each cgroup that becomes known. */
  public void onCgroup(Consumer<Workload> listener) {
    cgroupListeners.add(listener);
  }

  /** Removes those of which a cgroup exists. */
  public void removeLiving(Set<Workload> from) {
    if (!from.isEmpty()) {
      cgroups.forEach(
          entry -> {
            if (from.contains(entry.workload) && !isRemoved.test(entry.cgroupId)) {
              from.remove(entry.workload);
            }
          });
    }
  }

  /** Hot for a cgroup that is known: allocates nothing. */
  public Workload of(long cgroupId) {
    Entry known = cgroups.get(cgroupId);
    if (known == null || known.workload == Workload.AGENT) {
      return ofUnknown(cgroupId, known);
    }
    known.usedAtNs = nowNs;
    return known.workload;
  }

  private Workload ofUnknown(long cgroupId, Entry known) {
    // Id 0: the kernel has not told it.
    if (limit == 0 || cgroupId == 0) {
      return Workload.AGENT;
    }
    Entry entry = known == null ? add(cgroupId) : known;
    if (entry == null) {
      beyondLimit++;
      return Workload.AGENT;
    }
    entry.usedAtNs = nowNs;
    if (entry == known && nowNs - entry.askedAtNs < ASK_AGAIN_NS) {
      unknown++;
      return Workload.AGENT;
    }
    return ask(entry);
  }

  private Entry add(long cgroupId) {
    if (cgroups.size() >= limit && nowNs - sweptAtNs >= SWEEP_IF_FULL_NS) {
      sweep(EXPIRY_IF_FULL_NS);
    }
    if (cgroups.size() >= limit) {
      return null;
    }
    Entry added = new Entry(cgroupId);
    cgroups.add(added);
    return added;
  }

  private Workload ask(Entry entry) {
    String path = pathOf.apply(entry.cgroupId);
    entry.askedAtNs = nowNs;
    if (path == null) {
      unknown++;
    } else {
      entry.workload = workloads.take(CgroupPath.of(path));
      cgroupListeners.forEach(each -> each.accept(entry.workload));
    }
    return entry.workload;
  }

  /**
   * Time goes on; from time to time, those that had no record for some time are forgotten.
   *
   * @param nowNs by a clock that never goes back
   */
  public void tick(long nowNs) {
    this.nowNs = nowNs;
    if (nowNs - sweptAtNs >= SWEEP_NS) {
      sweep(EXPIRY_NS);
    }
  }

  private void sweep(long expiryNs) {
    sweptAtNs = nowNs;
    cgroups.retain(entry -> nowNs - entry.usedAtNs < expiryNs || !letGo(entry));
    workloads.expire(this::isHeld, expired -> listeners.forEach(each -> each.accept(expired)));
  }

  /** False for the last cgroup of a workload that is held. */
  private boolean letGo(Entry entry) {
    Workload workload = entry.workload;
    if (workload == Workload.AGENT) {
      return true;
    }
    if (workloads.references(workload) == 1 && isHeld(workload)) {
      return false;
    }
    workloads.giveBack(workload);
    return true;
  }

  private boolean isHeld(Workload workload) {
    for (Predicate<Workload> holder : holders) {
      if (holder.test(workload)) {
        return true;
      }
    }
    return false;
  }

  /** Lookups that were answered with {@link Workload#AGENT} because the table was full. */
  public long beyondLimit() {
    return beyondLimit;
  }

  /** Lookups of cgroups whose path is unknown. */
  public long unknown() {
    return unknown;
  }
}
