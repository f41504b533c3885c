// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;

/**
 * The workload under whose resource a log record goes. An accepted socket has the cgroup of its
 * listener, which may be another than that of the process that used it (socket activation, workers
 * in cgroups of their own); who closed it used it. Hot: allocates nothing.
 */
public final class LogOwner {
  private LogOwner() {}

  /** Of the connection, or of the process that closed it. */
  public static Workload of(ConnectionRecord connection, WorkloadTable workloads) {
    if (!mayBeCloser(connection)) {
      return workloads.of(connection.cgroupId());
    }
    Workload workload = workloads.of(connection.closerCgroupId());
    return workload == Workload.AGENT ? workloads.of(connection.cgroupId()) : workload;
  }

  /** Whether another cgroup than that of the socket closed an accepted connection. */
  static boolean mayBeCloser(ConnectionRecord connection) {
    long closer = connection.closerCgroupId();
    return closer != 0
        && closer != connection.cgroupId()
        && ConnectionRole.of(connection) == ConnectionRole.SERVER;
  }
}
