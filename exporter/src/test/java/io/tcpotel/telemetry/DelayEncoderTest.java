// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.RecordImage;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Attributes that tell what held a connection up, and who closed it. */
class DelayEncoderTest {
  private static final long MS = 1_000_000;

  private static Map<String, AnyValue> attributes(RecordImage image) {
    LogRecord record =
        EncodedLogs.parse(EncodedLogs.request(Resource.empty(), List.of(image)))
            .getResourceLogs(0)
            .getScopeLogs(0)
            .getLogRecords(0);
    return record.getAttributesList().stream()
        .collect(Collectors.toMap(KeyValue::getKey, KeyValue::getValue));
  }

  private static String string(RecordImage image, String key) {
    return attributes(image).getOrDefault(key, AnyValue.getDefaultInstance()).getStringValue();
  }

  /** A client's close after one second, without anything of the details. */
  private static RecordImage healthy() {
    RecordImage image = RecordImage.close().durationNs(1000 * MS);
    image.data().asSlice(ProbeAbi.TCP_PROBE_SHORT_BYTES()).fill((byte) 0);
    return image
        .set(data -> tcp_probe_info.syn_retransmits(data, (byte) 0))
        .set(data -> tcp_probe_info.flags(data, (short) ProbeAbi.TCP_PROBE_HAS_UID()));
  }

  private static RecordImage limited(int network, int receiver, int sendBuffer) {
    return healthy()
        .set(data -> tcp_probe_info.network_limited_ms(data, network))
        .set(data -> tcp_probe_info.receiver_limited_ms(data, receiver))
        .set(data -> tcp_probe_info.send_buffer_limited_ms(data, sendBuffer));
  }

  @ParameterizedTest
  @CsvSource({
    "501, 498, 1, network",
    "1, 502, 497, receiver",
    "2, 1, 503, send_buffer",
    "300, 200, 10, application",
    "334, 333, 333, network",
    "0, 0, 0, application"
  })
  void theLargestLimitsTheConnection(int network, int receiver, int sendBuffer, String expected) {
    assertThat(string(limited(network, receiver, sendBuffer), "tcpotel.limited_by"))
        .isEqualTo(expected);
  }

  @Test
  void aRecordOfVersion2TellsNoLimit() {
    RecordImage image = healthy().set(data -> tcp_probe_info.flags(data, (short) 0));
    assertThat(attributes(image)).doesNotContainKey("tcpotel.limited_by");
    assertThat(attributes(image)).doesNotContainKey("tcpotel.limited.application");
  }

  @ParameterizedTest
  @CsvSource({"1000000000, network", "1000000001, ''", "999999999, network"})
  void nothingLimitsAConnectionForLessThanATenth(long durationNs, String expected) {
    RecordImage image =
        limited(100, 90, 80)
            .durationNs(durationNs)
            .set(data -> tcp_probe_info.handshake_us(data, 640_000));
    assertThat(string(image, "tcpotel.limited_by")).isEqualTo(expected);
  }

  @Test
  void theApplicationHasWhatIsLeftOfTheDuration() {
    RecordImage client = limited(1, 2, 4).set(data -> tcp_probe_info.handshake_us(data, 20_000));
    assertThat(attributes(client).get("tcpotel.limited.application").getDoubleValue())
        .isEqualTo(0.973);
    RecordImage server = client.inbound();
    assertThat(attributes(server).get("tcpotel.limited.application").getDoubleValue())
        .as("a server's duration begins after the handshake")
        .isEqualTo(0.993);
    assertThat(attributes(limited(600, 300, 101)))
        .as("ticks may exceed the duration")
        .doesNotContainKey("tcpotel.limited.application");
  }

  @Test
  void aShortHealthyConnectionHasNoDelays() {
    assertThat(attributes(healthy().durationNs(MS - 1)).keySet())
        .noneMatch(key -> key.matches("tcpotel.(limited|stalled|timeout|handshake|idle|spur).*"))
        .doesNotContain("tcpotel.out_of_order_segments", "tcpotel.delivered_ce")
        .contains("process.pid", "tcpotel.mss");
  }

  @Test
  void aFailedConnectIsLimitedByNothing() {
    assertThat(attributes(healthy().established(false).previousState(2)).keySet())
        .noneMatch(key -> key.startsWith("tcpotel.limited"));
  }

  @ParameterizedTest
  @CsvSource({
    "true, 110, 1, 3, 0, 5, data",
    "true, 110, 1, 0, 3, 0, keepalive",
    "true, 110, 1, 0, 3, 5, data",
    "true, 110, 1, 0, 0, 5, ''",
    "true, 104, 1, 3, 3, 5, ''",
    "false, 110, 2, 6, 0, 0, connect",
    "false, 111, 2, 6, 0, 0, ''"
  })
  void aTimeoutHasItsCause(
      boolean established,
      int errno,
      int previousState,
      int timeouts,
      int probes,
      int unacked,
      String expected) {
    RecordImage image =
        healthy().established(established).skErr(errno).previousState(previousState);
    image
        .unackedBytes(unacked)
        .set(data -> tcp_probe_info.timeouts_in_a_row(data, (byte) timeouts))
        .set(data -> tcp_probe_info.window_probes(data, (byte) probes));
    assertThat(string(image, "tcpotel.timeout.cause")).isEqualTo(expected);
  }

  @Test
  void aConnectThatWasGivenUpAfterASecondSynTimedOut() {
    RecordImage canceled = healthy().established(false).previousState(2);
    assertThat(string(canceled, "error.type")).isEqualTo("canceled");
    assertThat(string(canceled, "tcpotel.timeout.cause")).isEmpty();
    canceled.set(data -> tcp_probe_info.syn_retransmits(data, (byte) 1));
    assertThat(string(canceled, "error.type")).isEqualTo("canceled");
    assertThat(string(canceled, "tcpotel.timeout.cause")).isEqualTo("connect");
  }

  @ParameterizedTest
  @CsvSource({"0, ''", "1, local", "2, remote", "3, abort", "4, ''"})
  void saysWhoClosed(int closedBy, String expected) {
    RecordImage image = healthy().set(data -> tcp_probe_info.closed_by(data, (byte) closedBy));
    assertThat(string(image, "tcpotel.connection.close.by")).isEqualTo(expected);
  }

  @Test
  void theCloserIsNamedOnlyIfItIsNotTheOwner() {
    String pid = "tcpotel.closer.process.pid";
    assertThat(attributes(RecordImage.close()).get(pid).getIntValue()).isEqualTo(31440);
    for (int notAnother : new int[] {0, 31337}) {
      RecordImage image =
          RecordImage.close().set(data -> tcp_probe_info.closer_pid(data, notAnother));
      assertThat(attributes(image))
          .doesNotContainKeys(pid, "tcpotel.closer.process.executable.name")
          .containsKeys("process.pid", "process.executable.name");
    }
  }

  @Test
  void idleTimesNeedTheirFlags() {
    RecordImage image = RecordImage.close();
    int flags = ProbeAbi.TCP_PROBE_HAS_RECEIVED();
    image.set(data -> tcp_probe_info.flags(data, (short) flags));
    assertThat(attributes(image))
        .containsKey("tcpotel.idle.receive")
        .doesNotContainKeys("tcpotel.idle.transmit", "user.id");
  }

  @Test
  void rootIsAUserToo() {
    RecordImage image = RecordImage.close().set(data -> tcp_probe_info.uid(data, 0));
    assertThat(string(image, "user.id")).isEqualTo("0");
  }
}
