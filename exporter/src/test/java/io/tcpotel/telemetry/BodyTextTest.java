// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.testing.RecordImage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BodyTextTest {
  private final BodyText body = new BodyText();

  private String end(RecordImage image) {
    ErrorType error = ErrorType.of(image.view());
    LimitedBy limit = LimitedBy.of(image.view());
    body.write(image.view(), LogEvent.END, ConnectionRole.of(image.view()), error, limit);
    assertThat(body.length()).isEqualTo(body.toString().length());
    return body.toString();
  }

  @Test
  void saysHowAClientsConnectionClosed() {
    assertThat(end(RecordImage.close()))
        .isEqualTo(
            "tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 closed after 1.204s tx=5321B rx=88211B"
                + " segs=71/80 retrans=5 srtt=0.813ms min_rtt=0.301ms limited_by=network"
                + " stalled=0.409s");
  }

  @Test
  void saysHowAServersConnectionClosed() {
    assertThat(end(RecordImage.close().inbound()))
        .startsWith("tcp server 10.1.2.3:41528 <- 10.9.8.7:5432 closed after 1.204s tx=5321B");
  }

  @Test
  void saysNothingOfADirectionThatIsUnknown() {
    assertThat(end(RecordImage.close().direction(0)))
        .startsWith("tcp unknown 10.1.2.3:41528 -- 10.9.8.7:5432 closed after ");
  }

  @Test
  void saysWhyAConnectFailed() {
    assertThat(end(RecordImage.failure().durationNs(2_600_000)))
        .isEqualTo(
            "tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 failed: connection_refused after 0.003s");
  }

  @Test
  void saysHowAConnectionEndedBadly() {
    assertThat(end(RecordImage.close().skErr(104).previousState(1)))
        .startsWith(
            "tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 closed: connection_reset after 1.204s"
                + " tx=5321B");
  }

  @Test
  void putsIpv6AddressesInBrackets() {
    RecordImage image = RecordImage.close().localAddress("2001:db8::7").peerAddress("::1");
    assertThat(end(image)).startsWith("tcp client [2001:db8::7]:41528 -> [::1]:5432 closed ");
  }

  @Test
  void leavesOutSamplesThatAreAbsent() {
    assertThat(end(RecordImage.close().srttUs(0).rttMinUs(0))).contains(" retrans=5 limited_by=");
    assertThat(end(RecordImage.close().srttUs(0)))
        .contains(" retrans=5 min_rtt=0.301ms limited_by=");
    assertThat(end(RecordImage.close().rttMinUs(0)))
        .contains(" retrans=5 srtt=0.813ms limited_by=");
  }

  @Test
  void saysThatAConnectionOpened() {
    RecordImage image = RecordImage.open().durationNs(400_000);
    body.write(image.view(), LogEvent.START, ConnectionRole.CLIENT, null, null);
    assertThat(body).hasToString("tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 opened after 0.000s");
  }

  @Test
  void saysWhatAConnectionHasMovedSoFar() {
    RecordImage image =
        RecordImage.update()
            .durationNs(30_000_000_000L)
            .set(data -> tcp_probe_info.receiver_limited_ms(data, 29_000))
            .set(data -> tcp_probe_info.stalled_ms(data, 0));
    LimitedBy limit = LimitedBy.of(image.view());
    body.write(image.view(), LogEvent.UPDATE, ConnectionRole.SERVER, null, limit);
    assertThat(body)
        .hasToString(
            "tcp server 10.1.2.3:41528 <- 10.9.8.7:5432 open after 30.000s tx=5321B rx=88211B"
                + " segs=71/80 retrans=5 srtt=0.813ms min_rtt=0.301ms limited_by=receiver");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.000s",
    "499999, 0.000s",
    "500000, 0.001s",
    "999499999, 0.999s",
    "999500000, 1.000s",
    "59999999999, 60.000s",
    "86400000000000, 86400.000s",
    "4611686018427387904, 4611686018.427s"
  })
  void roundsDurationsToMilliseconds(long ns, String expected) {
    assertThat(end(RecordImage.close().durationNs(ns))).contains(" closed after " + expected + " ");
  }

  @ParameterizedTest
  @CsvSource({
    "1, 0.000ms",
    "4, 0.001ms",
    "8, 0.001ms",
    "8000, 1.000ms",
    "8003, 1.000ms",
    "8004, 1.001ms",
    "-1, 536870.912ms"
  })
  void roundsRoundTripsToMicroseconds(int eighths, String expected) {
    assertThat(end(RecordImage.close().srttUs(eighths))).contains(" srtt=" + expected + " ");
  }

  @Test
  void hasRoomForTheLongestLine() {
    String longest = "1111:2222:3333:4444:5555:6666:7777:8888";
    RecordImage image =
        RecordImage.close()
            .localAddress(longest)
            .peerAddress(longest)
            .ports(65535, 65535)
            .direction(0)
            .skErr(99)
            .previousState(1)
            .durationNs(1L << 62)
            .set(data -> tcp_probe_info.stalled_ms(data, -1))
            .bytes(Long.MAX_VALUE, Long.MAX_VALUE)
            .segments(-1, -1)
            .retransmits(-1, 0)
            .srttUs(-1)
            .rttMinUs(-1);
    assertThat(end(image))
        .contains("closed: address_not_available after 4611686018.427s tx=9223372036854775807B")
        .contains("segs=4294967295/4294967295 retrans=4294967295")
        .endsWith("min_rtt=4294967.295ms limited_by=application stalled=4294967.295s");
  }
}
