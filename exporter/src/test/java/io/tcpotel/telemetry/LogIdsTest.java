// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.record.PairKey;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.WorkloadTable;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogIdsTest {
  private static String ids(LogRecord record) {
    HexFormat hex = HexFormat.of();
    String traceId = hex.formatHex(record.getTraceId().toByteArray());
    return traceId + " " + hex.formatHex(record.getSpanId().toByteArray());
  }

  private static List<String> idsOfEachKind(LogIds which) {
    LogEncoder encoder = new LogEncoder(WorkloadTable.ofAgent(), LogContent.DEFAULT.withIds(which));
    List<RecordImage> images =
        List.of(
            RecordImage.close(),
            RecordImage.failure(),
            RecordImage.open(),
            RecordImage.update(),
            RecordImage.unobserved());
    RecordBatch batch = new RecordEnvelope(Resource.empty()).newBatch(1 << 14);
    byte[] request =
        EncodedLogs.request(encoder, null, new RecordEnvelope(Resource.empty()), batch, images);
    return EncodedLogs.parse(request)
        .getResourceLogs(0)
        .getScopeLogs(0)
        .getLogRecordsList()
        .stream()
        .map(LogIdsTest::ids)
        .toList();
  }

  @Test
  void recordsOfConnectionsThatLiveHaveIdsOnlyWithAKeyOfOnesOwn() {
    PairKey key = PairKey.own(HexFormat.of().parseHex("00112233445566778899aabbccddeeff"));
    List<String> withoutKey = idsOfEachKind(LogIds.of(PairKey.PUBLIC));
    // SipHash-2-4-128 of the bytes 67 45 23 01 ef cd ab 89, computed elsewhere.
    assertThat(withoutKey.get(0)).isEqualTo("53d3fe5ba38d1442030fc536afbfaf3b 260f6494a15c44a9");
    assertThat(withoutKey.subList(0, 2)).doesNotContain(" ").doesNotHaveDuplicates();
    assertThat(withoutKey.subList(2, 5)).containsOnly(" ");
    List<String> withKey = idsOfEachKind(LogIds.of(key));
    String pair = "05a2f82083a54bfeccdf4c4858d29933 3f48eb78a0d399ea"; // computed elsewhere
    assertThat(List.of(withKey.get(0), withKey.get(2), withKey.get(3))).containsOnly(pair);
    assertThat(List.of(withKey.get(1), withKey.get(4))).doesNotContain(" ", pair);
    assertThat(idsOfEachKind(LogIds.none(key))).containsOnly(" ");
  }
}
