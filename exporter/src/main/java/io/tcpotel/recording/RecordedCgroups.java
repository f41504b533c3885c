// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import io.tcpotel.proto.v1.Connection;
import io.tcpotel.workload.WorkloadTable;
import java.util.HashMap;
import java.util.Map;

/** The paths of cgroups that a recording tells. */
final class RecordedCgroups {
  /** So that no file takes the heap: room for more cgroups than a table of workloads has. */
  static final int MOST_CHARACTERS = 1 << 20;

  /** Those that each path takes besides its own. */
  static final int ENTRY_CHARACTERS = 64;

  /** PATH_MAX of the kernel. */
  static final int LONGEST_PATH = 4096;

  private final Map<Long, String> paths = new HashMap<>();
  private int characters;

  /** Takes those of {@code connection}; what finds no room stays without a path. */
  void take(Connection connection) {
    if (connection.hasCgroupPath()) {
      take(connection.getCgroupId(), connection.getCgroupPath());
    }
    if (connection.hasCloserCgroupPath()) {
      take(connection.getCloserCgroupId(), connection.getCloserCgroupPath());
    }
  }

  private void take(long id, String path) {
    int more = path.length() + ENTRY_CHARACTERS;
    boolean hasRoom = path.length() <= LONGEST_PATH && more <= MOST_CHARACTERS - characters;
    if (hasRoom && paths.putIfAbsent(id, path) == null) {
      characters += more;
    }
  }

  /** A table of their workloads; without paths, as in an older recording, all is the agent's. */
  WorkloadTable workloads() {
    return paths.isEmpty()
        ? WorkloadTable.ofAgent()
        : new WorkloadTable(paths::get, id -> false, WorkloadTable.LIMIT);
  }
}
