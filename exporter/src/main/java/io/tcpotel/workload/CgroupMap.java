// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import java.util.function.Consumer;
import java.util.function.Predicate;

/** Entries by the id of their cgroup, with open addressing. {@link #get} is hot. */
final class CgroupMap {
  private Entry[] slots = new Entry[64];
  private int size;

  private int slot(long cgroupId) {
    return (int) (cgroupId * 0x9E3779B97F4A7C15L >>> 32) & slots.length - 1;
  }

  /** Null if there is none. */
  Entry get(long cgroupId) {
    int slot = slot(cgroupId);
    while (slots[slot] != null && slots[slot].cgroupId != cgroupId) {
      slot = slot + 1 & slots.length - 1;
    }
    return slots[slot];
  }

  /** Its cgroup must be new. */
  void add(Entry entry) {
    if (++size * 2 > slots.length) {
      Entry[] old = slots;
      slots = new Entry[old.length * 2];
      for (Entry each : old) {
        if (each != null) {
          place(each);
        }
      }
    }
    place(entry);
  }

  private void place(Entry entry) {
    int slot = slot(entry.cgroupId);
    while (slots[slot] != null) {
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = entry;
  }

  /** Asks {@code stays} about each entry once, and leaves those in the table that it is true of. */
  void retain(Predicate<Entry> stays) {
    Entry[] old = slots;
    slots = new Entry[old.length];
    size = 0;
    for (Entry each : old) {
      if (each != null && stays.test(each)) {
        size++;
        place(each);
      }
    }
  }

  void forEach(Consumer<Entry> visitor) {
    for (Entry each : slots) {
      if (each != null) {
        visitor.accept(each);
      }
    }
  }

  int size() {
    return size;
  }

  /** A cgroup. Ids are not used again before the next boot: an id is one cgroup for ever. */
  static final class Entry {
    final long cgroupId;
    Workload workload = Workload.AGENT;
    long usedAtNs;

    /** Of the path, while that is unknown. */
    long askedAtNs;

    Entry(long cgroupId) {
      this.cgroupId = cgroupId;
    }
  }
}
