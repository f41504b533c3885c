// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * What belongs to each workload, by the workload's number, which another one may get later. Hot:
 * {@link #get} allocates nothing. One thread uses it.
 */
public final class ByWorkload<T> {
  private static final int INITIAL_WORKLOADS = 8;

  /**
   * Of each number the workload and, behind it, what belongs to it: records of many workloads come
   * in any order, so that each array would be one more cache line to wait for.
   */
  private Object[] entries = new Object[2 * INITIAL_WORKLOADS];

  /** Null if there is none. */
  @SuppressWarnings("unchecked") // put() takes no others
  public T get(Workload workload) {
    int at = 2 * workload.number();
    return at < entries.length && entries[at] == workload ? (T) entries[at + 1] : null;
  }

  /** In the place of another workload that had the number before. */
  public void put(Workload workload, T value) {
    int at = 2 * workload.number();
    if (at >= entries.length) {
      entries = Arrays.copyOf(entries, 2 * at);
    }
    entries[at] = workload;
    entries[at + 1] = value;
  }

  public void remove(Workload workload) {
    if (get(workload) != null) {
      int at = 2 * workload.number();
      entries[at] = null;
      entries[at + 1] = null;
    }
  }

  @SuppressWarnings("unchecked") // put() takes no others
  public void forEach(Consumer<T> visitor) {
    for (int at = 0; at < entries.length; at += 2) {
      if (entries[at] != null) {
        visitor.accept((T) entries[at + 1]);
      }
    }
  }
}
