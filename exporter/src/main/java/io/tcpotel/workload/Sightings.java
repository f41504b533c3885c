// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

/**
 * Sightings by address, port and namespace, with open addressing. Hot: allocates nothing for one
 * that is known. Beyond the limit there are no new ones.
 */
final class Sightings {
  private final int limit;
  private Sighting[] slots = new Sighting[64];
  private int size;

  Sightings(int limit) {
    this.limit = limit;
  }

  private int slot(long first, long second, long netns, int port) {
    long mixed = (first + Long.rotateLeft(netns, 17) + port) * 0x9E3779B97F4A7C15L;
    mixed = ((mixed ^ mixed >>> 32) + second) * 0x9E3779B97F4A7C15L;
    return (int) (mixed >>> 32) & slots.length - 1;
  }

  /** Null if there is none. */
  Sighting find(long first, long second, long netns, int port) {
    int slot = slot(first, second, netns, port);
    for (Sighting at = slots[slot]; at != null; at = slots[slot]) {
      if (at.second == second && at.port == port && at.first == first && at.keyNetns == netns) {
        return at;
      }
      slot = slot + 1 & slots.length - 1;
    }
    return null;
  }

  /** A new one if there is none; null if there is no room. */
  Sighting findOrAdd(long first, long second, long netns, int port) {
    Sighting known = find(first, second, netns, port);
    if (known != null || size >= limit) {
      return known;
    }
    if ((size + 1) * 2 > slots.length) {
      size = rebuild(slots.length * 2, Long.MIN_VALUE);
    }
    Sighting added = new Sighting(first, second, netns, port);
    place(added);
    size++;
    return added;
  }

  private void place(Sighting added) {
    int slot = slot(added.first, added.second, added.keyNetns, added.port);
    while (slots[slot] != null) {
      slot = slot + 1 & slots.length - 1;
    }
    slots[slot] = added;
  }

  /** Forgets those that were not seen since a window. */
  void expire(long oldestWindow) {
    size = rebuild(slots.length, oldestWindow);
  }

  /** Returns how many are left. */
  private int rebuild(int length, long oldestWindow) {
    Sighting[] old = slots;
    slots = new Sighting[length];
    int left = 0;
    for (Sighting each : old) {
      if (each != null && each.isSeenSince(oldestWindow)) {
        place(each);
        left++;
      }
    }
    return left;
  }
}
