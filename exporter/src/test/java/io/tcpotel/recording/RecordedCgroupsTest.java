// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.proto.v1.Connection;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The paths of cgroups, into a recording and out of it. */
class RecordedCgroupsTest {
  private final Map<Long, String> known = new HashMap<>();
  private final List<Long> asked = new ArrayList<>();
  private final CgroupMentions mentions =
      new CgroupMentions(
          id -> {
            asked.add(id);
            return known.get(id);
          });

  private static Connection of(long cgroup, long closer) {
    return Connection.newBuilder().setCgroupId(cgroup).setCloserCgroupId(closer).build();
  }

  private static Connection of(long cgroup, String path) {
    return of(cgroup, 0).toBuilder().setCgroupPath(path).build();
  }

  private static RecordedCgroups taken(Connection... connections) {
    RecordedCgroups cgroups = new RecordedCgroups();
    for (Connection connection : connections) {
      cgroups.take(connection);
    }
    return cgroups;
  }

  @Test
  void aPathStandsWhereItsCgroupComesFirst() {
    known.put(11L, "/system.slice/ledger.service");
    known.put(13L, "/system.slice/backup.service");
    assertThat(mentions.addTo(of(11, 0)))
        .isEqualTo(of(11, 0).toBuilder().setCgroupPath("/system.slice/ledger.service").build());
    assertThat(mentions.addTo(of(11, 13)))
        .isEqualTo(
            of(11, 13).toBuilder().setCloserCgroupPath("/system.slice/backup.service").build());
    assertThat(mentions.addTo(of(13, 11))).isEqualTo(of(13, 11));
    assertThat(asked).containsExactly(11L, 13L);
  }

  @Test
  void aPathThatIsNotKnownYetIsAskedForAgain() {
    assertThat(mentions.addTo(of(17, 0))).isEqualTo(of(17, 0));
    known.put(17L, "/late");
    assertThat(mentions.addTo(of(17, 0)).getCgroupPath()).isEqualTo("/late");
    assertThat(asked).containsExactly(17L, 17L);
  }

  @Test
  void afterManyCgroupsPathsAreToldAgain() {
    for (long id = 1; id <= CgroupMentions.LIMIT + 1; id++) {
      known.put(id, "/" + id);
      assertThat(mentions.addTo(of(id, 0)).getCgroupPath()).isEqualTo("/" + id);
    }
    assertThat(mentions.addTo(of(1, 0)).getCgroupPath()).isEqualTo("/1");
  }

  @Test
  void workloadsFollowFromThePaths() {
    Connection closed = of(19, 23).toBuilder().setCloserCgroupPath("/a/worker.service").build();
    WorkloadTable workloads = taken(of(19, "/system.slice/ledger.service"), closed).workloads();
    assertThat(workloads.of(19).serviceName()).isEqualTo("ledger");
    assertThat(workloads.of(23).serviceName()).isEqualTo("worker");
    assertThat(workloads.of(29)).isSameAs(Workload.AGENT);
  }

  @Test
  void withoutPathsEverythingIsTheAgents() {
    assertThat(taken(of(19, 0)).workloads().tellsWorkloadsApart()).isFalse();
  }

  @Test
  void pathsThatAreTooLongOrTooManyAreLeftOut() {
    String longest = "/" + "x".repeat(RecordedCgroups.LONGEST_PATH - 1);
    RecordedCgroups cgroups = taken(of(1, longest + "y"));
    assertThat(cgroups.workloads().tellsWorkloadsApart()).isFalse();
    int room =
        RecordedCgroups.MOST_CHARACTERS / (longest.length() + RecordedCgroups.ENTRY_CHARACTERS);
    for (long id = 1; id <= room + 1; id++) {
      cgroups.take(of(id, longest));
      cgroups.take(of(id, longest));
    }
    WorkloadTable workloads = cgroups.workloads();
    assertThat(workloads.of(room)).isNotSameAs(Workload.AGENT);
    assertThat(workloads.of(room + 1)).isSameAs(Workload.AGENT);
  }
}
