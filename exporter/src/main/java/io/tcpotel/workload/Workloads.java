// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import java.util.BitSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Predicate;

/** One object per workload, by identity, with the number of references to it. */
final class Workloads {
  private final Map<String, Counted> byIdentity = new HashMap<>();
  private final BitSet numbers = new BitSet();

  Workloads() {
    numbers.set(Workload.AGENT.number());
  }

  private int takeNumber() {
    int number = numbers.nextClearBit(0);
    numbers.set(number);
    return number;
  }

  /** Adds a reference. */
  Workload take(CgroupPath path) {
    Counted known = byIdentity.get(path.identity());
    if (known == null) {
      Workload group = takeGroup(path);
      known = new Counted(Workload.member(takeNumber(), path, group));
      byIdentity.put(path.identity(), known);
    }
    known.references++;
    return known.workload;
  }

  private Workload takeGroup(CgroupPath path) {
    Counted known =
        byIdentity.computeIfAbsent(
            path.groupIdentity(), identity -> new Counted(Workload.group(takeNumber(), path)));
    known.references++;
    return known.workload;
  }

  void giveBack(Workload workload) {
    byIdentity.get(workload.identity()).references--;
  }

  int references(Workload workload) {
    return byIdentity.get(workload.identity()).references;
  }

  /** Forgets those without a reference that {@code isHeld} is not true of. */
  void expire(Predicate<Workload> isHeld, Consumer<Workload> expired) {
    boolean hasGiven;
    do {
      hasGiven = false;
      Iterator<Counted> all = byIdentity.values().iterator();
      while (all.hasNext()) {
        Counted each = all.next();
        if (each.references == 0 && !isHeld.test(each.workload)) {
          all.remove();
          numbers.clear(each.workload.number());
          expired.accept(each.workload);
          if (each.workload.group() != each.workload) {
            giveBack(each.workload.group());
            hasGiven = true;
          }
        }
      }
    } while (hasGiven);
  }

  private static final class Counted {
    final Workload workload;
    int references;

    Counted(Workload workload) {
      this.workload = workload;
    }
  }
}
