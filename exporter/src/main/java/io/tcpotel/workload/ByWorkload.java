// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * What belongs to each workload, by the workload's number, which another one may get later. Hot:
 * {@link #get} allocates nothing. One thread uses it.
 */
public final class ByWorkload<T> {
  /** By number; an entry of another workload is none. */
  private Workload[] workloads = new Workload[8];

  private final List<T> values = new ArrayList<>();

  /** Null if there is none. */
  public T get(Workload workload) {
    int number = workload.number();
    return number < values.size() && workloads[number] == workload ? values.get(number) : null;
  }

  public void put(Workload workload, T value) {
    int number = workload.number();
    while (values.size() <= number) {
      values.add(null);
    }
    if (number >= workloads.length) {
      workloads = Arrays.copyOf(workloads, 2 * number);
    }
    workloads[number] = workload;
    values.set(number, value);
  }

  public void remove(Workload workload) {
    if (get(workload) != null) {
      workloads[workload.number()] = null;
      values.set(workload.number(), null);
    }
  }

  public void forEach(Consumer<T> visitor) {
    for (T each : values) {
      if (each != null) {
        visitor.accept(each);
      }
    }
  }
}
