// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.SamplingThreshold;
import io.tcpotel.testing.RecordImage;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class SamplingEncoderTest {
  private static RecordImage kept(RecordImage image, long threshold) {
    return image
        .size((int) tcp_probe_info.sizeof())
        .set(data -> tcp_probe_info.sampling(data, (int) (threshold + 1)));
  }

  private static Map<String, String> sampling(RecordImage image) {
    byte[] request = EncodedLogs.request(Resource.empty(), List.of(image));
    LogRecord log = EncodedLogs.parse(request).getResourceLogs(0).getScopeLogs(0).getLogRecords(0);
    return log.getAttributesList().stream()
        .filter(attribute -> attribute.getKey().startsWith("sampling."))
        .collect(Collectors.toMap(it -> it.getKey(), it -> it.getValue().getStringValue()));
  }

  @Test
  void aRecordThatWasNotThinnedHasNoThreshold() {
    assertThat(sampling(RecordImage.close())).isEmpty();
    assertThat(sampling(RecordImage.open())).isEmpty();
  }

  @Test
  void theThresholdHasNoZerosAtItsEnd() {
    Map<Long, String> texts =
        Map.of(
            0L,
            "0",
            0x80000000L,
            "8",
            0xaaaaaaaaL,
            "aaaaaaaa",
            0x00000010L,
            "0000001",
            0xffffff00L,
            "ffffff",
            SamplingThreshold.HIGHEST,
            "fffffffe");
    texts.forEach(
        (threshold, text) ->
            assertThat(sampling(kept(RecordImage.close(), threshold)))
                .containsExactly(Map.entry("sampling.threshold", text)));
  }

  @Test
  void aRecordWithoutTraceIdHasRandomnessAboveItsThreshold() {
    long threshold = 0xc0000000L;
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < 1000; i++) {
      Map<String, String> open = sampling(kept(RecordImage.open().socketCookie(i), threshold));
      assertThat(open).containsEntry("sampling.threshold", "c");
      String randomness = open.get("sampling.randomness");
      assertThat(randomness).matches("[c-f][0-9a-f]{13}");
      seen.add(randomness);
      Map<String, String> later =
          sampling(
              kept(
                  RecordImage.open()
                      .socketCookie(i)
                      .closeNs(77_000_000_123L + i)
                      .durationNs(1_204_400_000L + i),
                  threshold));
      assertThat(later).as("of the same connection").isEqualTo(open);
    }
    assertThat(seen).hasSize(1000);
    assertThat(seen.stream().filter(text -> text.charAt(0) >= 'e').count()).isBetween(430L, 570L);
  }
}
