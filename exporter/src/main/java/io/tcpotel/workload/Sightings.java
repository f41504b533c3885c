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

  /** The second half first: addresses differ most in its highest byte, which has far to go. */
  static int hash(long first, long second, long netns, int port) {
    return (int) mix(mix(mix(second) + first) + netns + port);
  }

  private static long mix(long word) {
    long mixed = word * 0x9E3779B97F4A7C15L;
    return mixed ^ mixed >>> 32;
  }

  /** Null if there is none. */
  Sighting find(long first, long second, long netns, int port) {
    int slot = hash(first, second, netns, port) & slots.length - 1;
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
    int slot = hash(added.first, added.second, added.keyNetns, added.port) & slots.length - 1;
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
