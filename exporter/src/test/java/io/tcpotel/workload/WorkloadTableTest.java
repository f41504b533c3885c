// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.AllocatedBytes;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WorkloadTableTest {
  private static final String POD = "/kubepods/burstable/pod3f6a1c2e-9b07-4d58-8e21-6c0d5f4b7a39/";
  private static final String WEB = "0123456789abcdef".repeat(4);
  private static final String DB = "fedcba9876543210".repeat(4);

  private final Map<Long, String> paths = new HashMap<>();
  private final List<Workload> expired = new ArrayList<>();
  private final Set<Workload> held = new HashSet<>();
  private int asked;

  private WorkloadTable table(int limit) {
    WorkloadTable table =
        new WorkloadTable(
            id -> {
              asked++;
              return paths.get(id);
            },
            id -> false,
            limit);
    table.onExpiry(expired::add);
    table.addHolder(held::contains);
    return table;
  }

  @Test
  void cgroupsOfOneContainerAreOneWorkload() {
    paths.put(11L, POD + WEB);
    paths.put(12L, POD + WEB + "/init");
    paths.put(13L, POD + DB);
    WorkloadTable table = table(10);
    Workload web = table.of(11);
    assertThat(table.of(12)).isSameAs(web).isSameAs(table.of(11));
    Workload db = table.of(13);
    assertThat(db).isNotSameAs(web);
    assertThat(db.group()).isSameAs(web.group());
    assertThat(Set.of(web.number(), db.number(), db.group().number(), 0)).hasSize(4);
    assertThat(asked).as("questions for paths").isEqualTo(3);
  }

  @Test
  void withoutACgroupOrInATableOfTheAgentItIsTheAgent() {
    assertThat(WorkloadTable.ofAgent().of(11)).isSameAs(Workload.AGENT);
    WorkloadTable table = table(10);
    assertThat(table.of(0)).isSameAs(Workload.AGENT);
    assertThat(asked).isZero();
  }

  @Test
  void anUnknownPathIsAskedForAgain() {
    WorkloadTable table = table(10);
    table.tick(1);
    assertThat(table.of(11)).isSameAs(Workload.AGENT);
    assertThat(table.of(11)).isSameAs(Workload.AGENT);
    assertThat(asked).isEqualTo(1);
    assertThat(table.unknown()).isEqualTo(2);
    paths.put(11L, POD + WEB);
    table.tick(1 + WorkloadTable.ASK_AGAIN_NS);
    assertThat(table.of(11).identity()).isEqualTo(WEB);
    assertThat(table.unknown()).isEqualTo(2);
  }

  @Test
  void aWorkloadExpiresSomeTimeAfterItsLastRecordAndItsGroupWithIt() {
    paths.put(11L, POD + WEB);
    paths.put(12L, POD + WEB + "/init");
    WorkloadTable table = table(10);
    Workload web = table.of(11);
    table.tick(WorkloadTable.EXPIRY_NS - 1);
    table.of(12);
    table.tick(2 * WorkloadTable.EXPIRY_NS - 2);
    assertThat(expired).isEmpty();
    table.tick(3 * WorkloadTable.EXPIRY_NS);
    assertThat(expired).containsExactly(web, web.group());
    assertThat(table.of(11)).isNotSameAs(web);
    assertThat(table.of(11).identity()).isEqualTo(web.identity());
  }

  @Test
  void aWorkloadThatIsHeldKeepsItsNumber() {
    paths.put(11L, POD + WEB);
    WorkloadTable table = table(10);
    Workload web = table.of(11);
    held.add(web);
    table.tick(2 * WorkloadTable.EXPIRY_NS);
    assertThat(expired).isEmpty();
    assertThat(table.of(11)).isSameAs(web);
    held.clear();
    held.add(web.group());
    table.tick(4 * WorkloadTable.EXPIRY_NS);
    assertThat(expired).containsExactly(web);
    paths.put(13L, POD + DB);
    assertThat(table.of(13).group()).isSameAs(web.group());
  }

  @Test
  void aFullTableForgetsThoseThatWereIdleAndGivesTheRestToTheAgent() {
    for (long id = 1; id <= 4; id++) {
      paths.put(id, "/batch/job-" + id);
    }
    WorkloadTable table = table(2);
    table.of(1);
    table.of(2);
    table.tick(WorkloadTable.EXPIRY_IF_FULL_NS - 1);
    table.of(2);
    assertThat(table.of(3)).isSameAs(Workload.AGENT);
    assertThat(table.beyondLimit()).isEqualTo(1);
    table.tick(2 * WorkloadTable.EXPIRY_IF_FULL_NS - 2);
    assertThat(table.of(3).identity()).isEqualTo("/batch/job-3");
    assertThat(table.of(2).identity()).isEqualTo("/batch/job-2");
    assertThat(table.of(4)).isSameAs(Workload.AGENT);
    assertThat(table.beyondLimit()).isEqualTo(2);
    assertThat(expired).extracting(Workload::identity).containsExactly("/batch/job-1");
  }

  @Test
  void twoHundredShortLivedCgroupsHaveTwoHundredNamesAndOneGroup() {
    WorkloadTable table = table(WorkloadTable.LIMIT);
    Set<Workload> seen = new HashSet<>();
    Set<Integer> numbers = new HashSet<>();
    for (long id = 1; id <= 200; id++) {
      paths.put(id, "/batch/job-" + id);
      seen.add(table.of(id));
      numbers.add(table.of(id).number());
      assertThat(table.of(id).groupIdentity()).isEqualTo("/batch//");
    }
    assertThat(seen).hasSize(200);
    assertThat(numbers).hasSize(200).doesNotContain(0);
  }

  /** The numbers of those alive differ, and each cgroup has its own identity, whatever happens. */
  @Test
  void numbersAreOfOneWorkloadAtATime() {
    Random random = new Random(15);
    WorkloadTable table = table(64);
    Map<Integer, Workload> byNumber = new HashMap<>();
    table.onExpiry(gone -> assertThat(byNumber.remove(gone.number())).isIn(gone, null));
    for (long nowNs = 0; nowNs < 200 * WorkloadTable.EXPIRY_NS; ) {
      nowNs += random.nextLong(WorkloadTable.EXPIRY_NS / 16);
      table.tick(nowNs);
      long id = 1 + random.nextInt(100);
      paths.put(id, "/batch-" + id % 7 + "/job-" + id / 2 * 2);
      Workload found = table.of(id);
      if (found != Workload.AGENT) {
        assertThat(found.identity()).isEqualTo("/batch-" + id % 7 + "/job-" + id / 2 * 2);
        for (Workload each : List.of(found, found.group())) {
          Workload other = byNumber.put(each.number(), each);
          assertThat(other == null || other == each).isTrue();
        }
      }
    }
    assertThat(expired).hasSizeGreaterThan(1000);
  }

  @Test
  void lookingUpAKnownCgroupAllocatesNothing() {
    paths.put(11L, POD + WEB);
    WorkloadTable table = table(10);
    long[] sum = new long[1];
    AllocatedBytes.requireNone(
        "WorkloadTable.of",
        () -> {
          sum[0] += table.of(11).number();
          sum[0] += table.of(12).number(); // unknown
        });
    assertThat(sum[0]).isPositive();
  }
}
