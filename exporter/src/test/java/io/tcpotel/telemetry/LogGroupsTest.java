// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** Records of several workloads in one batch: a request has those of each under its resource. */
class LogGroupsTest {
  private static final int ROOMY_BYTES = 1 << 20;

  private final WorkloadTable workloads =
      new WorkloadTable(id -> "/system.slice/unit" + id + ".service", id -> false, 1000);
  private final RecordEnvelope envelope = new RecordEnvelope(LogGroupsTest::resource);
  private final LogEncoder encoder = new LogEncoder(WorkloadTable.ofAgent());

  /** Of another length for each. */
  private static Resource resource(Workload workload) {
    return Resource.create(
        Attributes.builder()
            .put("identity", workload.identity())
            .put("padding", "x".repeat(7 * workload.number()))
            .build());
  }

  /** The record of this number, which is its socket's cookie. */
  private void append(RecordBatch batch, int number, int cgroup) {
    batch.begin(envelope.head(workloads.of(cgroup)));
    encoder.append(batch, RecordImage.close().socketCookie(number).view(), null, null, 1, 2);
  }

  private static ExportLogsServiceRequest sent(RecordBatch batch) throws IOException {
    batch.seal();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    batch.writeMessage(bytes);
    assertThat(bytes.size()).isEqualTo(batch.getContentLength());
    return EncodedLogs.parse(bytes.toByteArray());
  }

  /** The numbers of the records by the identity in their resource, in the request's order. */
  private static Map<String, List<Integer>> numbers(ExportLogsServiceRequest request) {
    Map<String, List<Integer>> numbers = new LinkedHashMap<>();
    for (ResourceLogs group : request.getResourceLogsList()) {
      assertThat(group.getScopeLogsList()).hasSize(1);
      assertThat(group.getScopeLogs(0).getScope().getName()).isEqualTo(Scope.CONNECTIONS);
      List<Integer> records = new ArrayList<>();
      group.getScopeLogs(0).getLogRecordsList().forEach(record -> records.add(number(record)));
      String identity = group.getResource().getAttributes(0).getValue().getStringValue();
      assertThat(numbers.put(identity, records)).as("each resource once").isNull();
    }
    return numbers;
  }

  private static int number(LogRecord record) {
    String id =
        record.getAttributesList().stream()
            .filter(attribute -> attribute.getKey().equals("tcpotel.connection.id"))
            .findFirst()
            .orElseThrow()
            .getValue()
            .getStringValue();
    return (int) Long.parseUnsignedLong(id, 16); // the generation stands above
  }

  private static String identity(int cgroup) {
    return "/system.slice/unit" + cgroup + ".service";
  }

  @Test
  void interleavedRecordsStandUnderTheirResourceInTheirOrder() throws IOException {
    RecordBatch batch = envelope.newBatch(ROOMY_BYTES);
    int[] cgroups = {5, 6, 5, 7, 7, 6, 5};
    for (int i = 0; i < cgroups.length; i++) {
      append(batch, i, cgroups[i]);
    }
    assertThat(numbers(sent(batch)))
        .containsExactly(
            Map.entry(identity(5), List.of(0, 2, 6)),
            Map.entry(identity(6), List.of(1, 5)),
            Map.entry(identity(7), List.of(3, 4)));
  }

  /** The model: the records of the part, each put behind the others of its cgroup. */
  private static Map<String, List<Integer>> model(List<Integer> cgroups, int from, int to) {
    Map<String, List<Integer>> groups = new LinkedHashMap<>();
    for (int cgroup : new LinkedHashSet<>(cgroups)) {
      List<Integer> numbers = new ArrayList<>();
      for (int i = from; i < to; i++) {
        if (cgroups.get(i) == cgroup) {
          numbers.add(i);
        }
      }
      if (!numbers.isEmpty()) {
        groups.put(identity(cgroup), numbers);
      }
    }
    return groups;
  }

  @Property(tries = 300)
  void partsOfAnySizeHoldTheRecordsOfTheirTimeByResource(
      @ForAll @Size(min = 1, max = 60) List<@IntRange(min = 1, max = 9) Integer> cgroups,
      @ForAll @IntRange(min = 500, max = 40_000) int limit)
      throws IOException {
    RecordBatch batch = envelope.newBatch(ROOMY_BYTES);
    batch.clear(ROOMY_BYTES);
    for (int i = 0; i < cgroups.size(); i++) {
      append(batch, i, cgroups.get(i));
    }
    int from = 0;
    do {
      ExportLogsServiceRequest part = sent(batch);
      int before = part.getSerializedSize();
      while (batch.getContentLength() > limit && batch.halvePart()) {
        part = sent(batch);
        assertThat(batch.getContentLength()).isLessThan(before);
        before = batch.getContentLength();
      }
      assertThat(batch.partRecords() == 1 || batch.getContentLength() <= limit).isTrue();
      int to = from + batch.partRecords();
      assertThat(numbers(part)).containsExactlyEntriesOf(model(cgroups, from, to));
      from = to;
    } while (batch.nextPart());
    assertThat(from).isEqualTo(cgroups.size());
  }

  @Test
  void theHeadsOfAllResourcesCountAgainstTheLimit() throws IOException {
    RecordBatch batch = envelope.newBatch(ROOMY_BYTES);
    batch.clear(30_000);
    int records = 0;
    while (batch.hasRoom(envelope.head(workloads.of(1 + records)))) {
      append(batch, records, 1 + records);
      records++;
    }
    ExportLogsServiceRequest request = sent(batch);
    assertThat(request.getSerializedSize()).isBetween(24_000, 30_000);
    assertThat(request.getResourceLogsCount()).isEqualTo(records);
  }

  @Test
  void aRecordOfAnotherResourceNeedsRoomForItsHeadToo() {
    RecordBatch batch = envelope.newBatch(ROOMY_BYTES);
    append(batch, 0, 1);
    int recordBytes = batch.end;
    ResourceHead one = envelope.head(workloads.of(1));
    batch.clear(one.mostBytes() + recordBytes + LogEncoder.MAX_RECORD_BYTES);
    append(batch, 0, 1);
    assertThat(batch.hasRoom(one)).isTrue();
    assertThat(batch.hasRoom(envelope.head(workloads.of(2)))).isFalse();
    append(batch, 1, 1);
    assertThat(batch.hasRoom(one)).isFalse();
  }

  /** So many that its table of runs is full before its memory is. */
  @Test
  void isFullWhenThereIsNoRoomForAnotherChangeOfTheResource() throws IOException {
    RecordBatch batch = envelope.newBatch(ROOMY_BYTES);
    ResourceHead one = envelope.head(workloads.of(1));
    ResourceHead other = envelope.head(workloads.of(2));
    RecordImage small = RecordImage.unobserved();
    int records = 0;
    for (ResourceHead next = one; batch.hasRoom(next); next = next == one ? other : one) {
      batch.begin(next);
      encoder.append(batch, small.view(), null, null, 1, 2);
      records++;
    }
    assertThat(sent(batch).getResourceLogs(0).getScopeLogs(0).getLogRecordsCount())
        .isEqualTo((records + 1) / 2);
  }

  @Test
  void aBatchIsUsedAgainForOtherResources() throws IOException {
    RecordBatch batch = envelope.newBatch(ROOMY_BYTES);
    append(batch, 0, 1);
    append(batch, 1, 2);
    sent(batch);
    batch.clear(ROOMY_BYTES);
    append(batch, 2, 2);
    append(batch, 3, 3);
    assertThat(numbers(sent(batch)))
        .containsExactly(Map.entry(identity(2), List.of(2)), Map.entry(identity(3), List.of(3)));
  }

  @Test
  void theResourceOfAnExpiredWorkloadIsMadeAnew() {
    Workload workload = workloads.of(1);
    ResourceHead before = envelope.head(workload);
    assertThat(envelope.head(workload)).isSameAs(before);
    envelope.forget(workload);
    assertThat(envelope.head(workload)).isNotSameAs(before);
  }

  /** Names of cgroups have 239 bytes at most in the kernel's table. */
  @Test
  void theLongestWorkloadFitsTheSmallestBatch() {
    String name = "n".repeat(231);
    WorkloadTable longest =
        new WorkloadTable(
            id -> "/" + name + "0.slice/" + name + "1.slice/" + name + ".service", id -> false, 9);
    RecordEnvelope resources =
        new RecordEnvelope(workload -> Resource.create(workload.attributes()));
    RecordBatch batch = resources.newBatch(resources.smallestBatchBytes());
    assertThat(batch.hasRoom(resources.head(longest.of(4)))).isTrue();
  }
}
