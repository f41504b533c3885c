// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.TestCgroup;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The cgroups of all workloads, below one that the agents watch. */
final class Workloads implements AutoCloseable {
  private final TestCgroup all = TestCgroup.create();
  private final List<TestCgroup> pods = new ArrayList<>();
  private final Map<Workload, TestCgroup> containers = new EnumMap<>(Workload.class);

  Workloads() {
    for (Workload workload : Workload.values()) {
      TestCgroup pod = all.child(workload.podCgroup());
      pods.add(pod);
      containers.put(workload, pod.child(workload.containerCgroup()));
    }
  }

  /** To be watched. */
  TestCgroup all() {
    return all;
  }

  /** This process makes the workload's sockets from now on. */
  void join(Workload workload) {
    containers.get(workload).join();
  }

  /** This process is none of them. */
  void leave() {
    containers.values().forEach(TestCgroup::leave);
  }

  @Override
  public void close() {
    containers.values().forEach(TestCgroup::close);
    pods.forEach(TestCgroup::close);
    all.close();
  }
}
