// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.WorkloadTable;
import org.junit.jupiter.api.Test;

class LogOwnerTest {
  private static final long LISTENER = 41;
  private static final long WORKER = 42;
  private static final long UNKNOWN = 43;

  private final WorkloadTable workloads =
      new WorkloadTable(
          id -> id == UNKNOWN ? null : "/system.slice/unit" + id + ".service", id -> false, 10);

  private String owner(RecordImage image) {
    return LogOwner.of(image.view(), workloads).identity();
  }

  private static RecordImage accepted(long closer) {
    return RecordImage.close().inbound().cgroup(LISTENER).closerCgroup(closer);
  }

  @Test
  void anAcceptedConnectionBelongsToTheOneThatClosedIt() {
    assertThat(owner(accepted(WORKER))).isEqualTo("/system.slice/unit42.service");
    assertThat(owner(accepted(LISTENER))).isEqualTo("/system.slice/unit41.service");
  }

  @Test
  void elseToItsListener() {
    assertThat(owner(accepted(0))).as("nobody here closed").endsWith("unit41.service");
    assertThat(owner(accepted(UNKNOWN))).as("a cgroup without a name").endsWith("unit41.service");
    assertThat(owner(RecordImage.open().inbound().cgroup(LISTENER))).endsWith("unit41.service");
  }

  /** Its cgroup is that of the process that made the socket. */
  @Test
  void aClientsConnectionBelongsToTheOneThatConnected() {
    assertThat(owner(RecordImage.close().outbound().cgroup(LISTENER).closerCgroup(WORKER)))
        .endsWith("unit41.service");
  }
}
