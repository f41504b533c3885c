// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.RecordImage;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LogContentTest {
  @Test
  void hasTheFurtherAttributesThatAreAskedFor() {
    RecordImage image = RecordImage.close().unackedBytes(817).unreadBytes(23);
    List<String> all = EncodedLogs.attributes(EncodedLogs.record(image, EncodedLogs.ALL));
    List<String> usual = EncodedLogs.attributes(EncodedLogs.record(image, LogContent.DEFAULT));
    assertThat(all).containsAll(usual);
    assertThat(all.stream().filter(each -> !usual.contains(each)))
        .containsExactly(
            "tcpotel.netns.id int_value: 4294967299",
            "tcpotel.lost int_value: 4",
            "tcpotel.unacknowledged.bytes int_value: 817",
            "tcpotel.unread.bytes int_value: 23",
            "tcpotel.connection.sequence int_value: 17",
            "tcpotel.connection.community_id string_value: \"1:CozBWc7wIyHFeFLqo8j4wJYTThI=\"",
            "log.record.uid string_value: \"12f87322-368b-812f-9763-d466cf8b7362\"",
            "tcpotel.event.name string_value: \"tcpotel.connection.end\"");
  }

  @Test
  void aStartHasNoTotalsAmongTheFurtherAttributes() {
    RecordImage image = RecordImage.open();
    assertThat(EncodedLogs.record(image, EncodedLogs.ALL).getAttributesList())
        .extracting(KeyValue::getKey)
        .contains("tcpotel.netns.id", "tcpotel.connection.community_id", "log.record.uid")
        .contains("tcpotel.event.name")
        .doesNotContain("tcpotel.lost", "tcpotel.unacknowledged.bytes", "tcpotel.unread.bytes");
  }

  @Test
  void aReportHasItsNumber() {
    assertThat(sequence(RecordImage.open())).containsExactly("0");
    assertThat(sequence(RecordImage.update())).containsExactly("17");
    assertThat(sequence(RecordImage.close().set(data -> tcp_probe_info.sequence(data, -1))))
        .containsExactly("4294967295");
    assertThat(sequence(RecordImage.failure().set(data -> tcp_probe_info.sequence(data, 0))))
        .containsExactly("0");
    assertThat(sequence(RecordImage.close().set(data -> tcp_probe_info.flags(data, (short) 0))))
        .as("of version 2")
        .isEmpty();
    assertThat(sequence(RecordImage.unobserved())).isEmpty();
  }

  private static List<String> sequence(RecordImage image) {
    return EncodedLogs.record(image, EncodedLogs.ALL).getAttributesList().stream()
        .filter(each -> each.getKey().equals("tcpotel.connection.sequence"))
        .map(each -> Long.toString(each.getValue().getIntValue()))
        .toList();
  }

  @Test
  void aBodyIsForPeopleOrForReadersOfKmeshsLogOrAbsent() {
    assertThat(body(LogBody.Form.TEXT)).startsWith("tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 ");
    assertThat(body(LogBody.Form.KMESH))
        .startsWith("2023-11-14 22:14:37.000000123 +0000 UTC src.addr=10.1.2.3:41528, ");
    LogContent none = LogContent.DEFAULT.withBody(LogBody.Form.NONE);
    LogRecord without = EncodedLogs.record(RecordImage.close(), none);
    assertThat(without.hasBody()).isFalse();
    assertThat(without.getAttributesList())
        .isEqualTo(EncodedLogs.record(RecordImage.close(), LogContent.DEFAULT).getAttributesList());
  }

  private static String body(LogBody.Form form) {
    LogContent content = LogContent.DEFAULT.withBody(form);
    return EncodedLogs.record(RecordImage.close(), content).getBody().getStringValue();
  }

  @Test
  void aRecordOfLessThan128BytesCanBeRead() {
    LogContent least = LogContent.DEFAULT.withAttributes(Set.of()).withBody(LogBody.Form.NONE);
    LogRecord record = EncodedLogs.record(RecordImage.update(), least);
    assertThat(record.getSerializedSize()).isLessThan(128);
    assertThat(record.getEventName()).isEqualTo("tcpotel.connection.update");
    assertThat(record.getAttributesList()).isEmpty();
  }

  @Test
  void lacksTheAttributeThatIsNotWanted() {
    List<String> usual =
        EncodedLogs.attributes(EncodedLogs.record(RecordImage.close(), LogContent.DEFAULT));
    for (LogAttribute unwanted : LogAttribute.defaults()) {
      Set<LogAttribute> selected = LogAttribute.defaults();
      selected.remove(unwanted);
      assertThat(
              EncodedLogs.attributes(
                  EncodedLogs.record(
                      RecordImage.close(), LogContent.DEFAULT.withAttributes(selected))))
          .containsExactlyElementsOf(
              usual.stream().filter(each -> !each.startsWith(unwanted.key() + " ")).toList());
    }
  }
}
