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
  private final List<TestCgroup> groups = new ArrayList<>();
  private final Map<Workload, TestCgroup> cgroups = new EnumMap<>(Workload.class);

  Workloads() {
    for (Workload workload : Workload.values()) {
      TestCgroup group = all.child(workload.group());
      groups.add(group);
      cgroups.put(workload, group.child(workload.cgroup()));
    }
  }

  /** To be watched. */
  TestCgroup all() {
    return all;
  }

  /** This process makes the workload's sockets from now on. */
  void join(Workload workload) {
    cgroups.get(workload).join();
  }

  /** This process is none of them; what they have open stays theirs. */
  void leave() {
    cgroups.values().forEach(TestCgroup::leave);
    groups.forEach(TestCgroup::leave);
    all.leave();
  }

  @Override
  public void close() {
    cgroups.values().forEach(TestCgroup::close);
    groups.forEach(TestCgroup::close);
    all.close();
  }
}
