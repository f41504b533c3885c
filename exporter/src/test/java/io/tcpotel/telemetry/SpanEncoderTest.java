// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.trace.v1.Span;
import io.opentelemetry.proto.trace.v1.Status;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.SamplingThreshold;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.PeerNames;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpanEncoderTest {
  private static final int PARENT_IS_KNOWN_TO_BE_REMOTE = 0x300;
  private static final int PARENT_IS_KNOWN_TO_BE_LOCAL = 0x100;

  private static Span span(RecordImage image) {
    return EncodedSpans.span(image, LogContent.DEFAULT, PeerNames.none());
  }

  private static RecordImage kept(long threshold) {
    return RecordImage.close().set(data -> tcp_probe_info.sampling(data, (int) (threshold + 1)));
  }

  private static Map<String, String> texts(Span span) {
    Map<String, String> texts = new TreeMap<>();
    span.getAttributesList()
        .forEach(each -> texts.put(each.getKey(), each.getValue().getStringValue()));
    return texts;
  }

  @Test
  void theServersSpanIsAChildOfTheClients() {
    Span client = span(RecordImage.close().outbound().isns(7, 9).ports(50_000, 443));
    Span server = span(RecordImage.close().inbound().isns(9, 7).ports(443, 50_000));
    assertThat(server.getTraceId()).isEqualTo(client.getTraceId());
    assertThat(server.getParentSpanId()).isEqualTo(client.getSpanId());
    assertThat(client.getParentSpanId().isEmpty()).isTrue();
    assertThat(server.getFlags()).isEqualTo(PARENT_IS_KNOWN_TO_BE_REMOTE);
    assertThat(client.getFlags()).isEqualTo(PARENT_IS_KNOWN_TO_BE_LOCAL);
    assertThat(client.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_CLIENT);
    assertThat(server.getKind()).isEqualTo(Span.SpanKind.SPAN_KIND_SERVER);
    assertThat(server.getName()).isEqualTo(client.getName()).isEqualTo("tcp connection 443");
  }

  @Test
  void aFailedConnectIsAnErrorWithoutADescription() {
    Span span = span(RecordImage.failure());
    assertThat(span.getStatus())
        .isEqualTo(Status.newBuilder().setCode(Status.StatusCode.STATUS_CODE_ERROR).build());
    assertThat(texts(span)).containsKey("error.type");
    assertThat(span(RecordImage.close().skErr(0)).hasStatus())
        .isEqualTo(texts(span(RecordImage.close().skErr(0))).containsKey("error.type"));
  }

  @Test
  void thePeersNameHasItsFormerNameToo(@TempDir Path folder) throws IOException {
    PeerNames names = PeerNames.of(Files.writeString(folder.resolve("n"), "0.0.0.0/0 v4\n::/0 v6"));
    Map<String, String> texts =
        texts(EncodedSpans.span(RecordImage.close(), LogContent.DEFAULT, names));
    assertThat(texts.get("peer.service")).startsWith("v").isEqualTo(texts.get("service.peer.name"));
    assertThat(texts)
        .containsKey("server.address")
        .doesNotContainKey("tcpotel.connection.duration");
  }

  @Test
  void aThinnedSpanTellsItsThreshold() {
    assertThat(span(RecordImage.close()).getTraceState()).isEmpty();
    long oneInFour = SamplingThreshold.ofOneIn(BigDecimal.valueOf(4));
    assertThat(span(kept(oneInFour)).getTraceState()).isEqualTo("ot=th:c");
    assertThat(span(kept(SamplingThreshold.ALL)).getTraceState()).isEqualTo("ot=th:0");
  }

  @Test
  void aSpanFitsWhereALogRecordFits() {
    assertThat(SpanEncoder.MAX_RECORD_BYTES).isLessThanOrEqualTo(LogEncoder.MAX_RECORD_BYTES);
  }
}
