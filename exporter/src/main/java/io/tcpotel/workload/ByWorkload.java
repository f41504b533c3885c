// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * What belongs to each workload, by the workload's number, which another one may get later. Hot:
 * {@link #get} allocates nothing. One thread uses it.
 */
public final class ByWorkload<T> {
  private final List<Entry<T>> entries = new ArrayList<>();

  private record Entry<T>(Workload workload, T value) {}

  /** Null if there is none. */
  public T get(Workload workload) {
    int number = workload.number();
    Entry<T> found = number < entries.size() ? entries.get(number) : null;
    return found != null && found.workload == workload ? found.value : null;
  }

  public void put(Workload workload, T value) {
    while (entries.size() <= workload.number()) {
      entries.add(null);
    }
    entries.set(workload.number(), new Entry<>(workload, value));
  }

  public void remove(Workload workload) {
    if (get(workload) != null) {
      entries.set(workload.number(), null);
    }
  }

  public void forEach(Consumer<T> visitor) {
    for (Entry<T> each : entries) {
      if (each != null) {
        visitor.accept(each.value);
      }
    }
  }
}
