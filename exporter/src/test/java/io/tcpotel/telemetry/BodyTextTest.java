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
            "tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 closed after 1.20s tx=5321B rx=88211B"
                + " segs=71/80 retrans=5 srtt=813us min_rtt=301us limited_by=network"
                + " stalled=409ms");
  }

  @Test
  void saysHowAServersConnectionClosed() {
    assertThat(end(RecordImage.close().inbound()))
        .startsWith("tcp server 10.1.2.3:41528 <- 10.9.8.7:5432 closed after 1.20s tx=5321B");
  }

  @Test
  void saysNothingOfADirectionThatIsUnknown() {
    assertThat(end(RecordImage.close().direction(0)))
        .startsWith("tcp unknown 10.1.2.3:41528 -- 10.9.8.7:5432 closed after ");
  }

  @Test
  void saysWhyAConnectFailed() {
    assertThat(end(RecordImage.failure().durationNs(41_300)))
        .isEqualTo(
            "tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 failed: connection_refused after 41.3us");
  }

  @Test
  void saysHowAConnectionEndedBadly() {
    assertThat(end(RecordImage.close().skErr(104).previousState(1)))
        .startsWith(
            "tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 closed: connection_reset after 1.20s"
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
    assertThat(end(RecordImage.close().srttUs(0))).contains(" retrans=5 min_rtt=301us limited_by=");
    assertThat(end(RecordImage.close().rttMinUs(0))).contains(" retrans=5 srtt=813us limited_by=");
  }

  @Test
  void saysThatAConnectionOpened() {
    RecordImage image = RecordImage.open().durationNs(400_000);
    body.write(image.view(), LogEvent.START, ConnectionRole.CLIENT, null, null);
    assertThat(body).hasToString("tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 opened after 400us");
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
            "tcp server 10.1.2.3:41528 <- 10.9.8.7:5432 open after 30.0s tx=5321B rx=88211B"
                + " segs=71/80 retrans=5 srtt=813us min_rtt=301us limited_by=receiver");
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0.00us",
    "1, 0.00us",
    "5, 0.01us",
    "9994, 9.99us",
    "9995, 10.0us",
    "99949, 99.9us",
    "99950, 100us",
    "150000, 150us",
    "999499, 999us",
    "999500, 1.00ms",
    "812499, 812us",
    "999499999, 999ms",
    "999500000, 1.00s",
    "1204400000, 1.20s",
    "9995000000, 10.0s",
    "99949999999, 99.9s",
    "99950000000, 1.67m",
    "599700000000, 10.0m",
    "5996999999999, 99.9m",
    "5997000000000, 1.67h",
    "86400000000000, 24.0h",
    "3600000000000000, 1000h",
    "4611686018427387904, 1281024h"
  })
  void durationsHaveThreeDigits(long ns, String expected) {
    assertThat(end(RecordImage.close().durationNs(ns))).contains(" closed after " + expected + " ");
  }

  @ParameterizedTest
  @CsvSource({"1, 0.13us", "8, 1.00us", "8003, 1.00ms", "6499, 812us", "-1, 8.95m"})
  void roundTripsHaveThreeDigits(int eighths, String expected) {
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
        .contains("closed: address_not_available after 1281024h tx=9223372036854775807B")
        .contains("segs=4294967295/4294967295 retrans=4294967295")
        .endsWith("min_rtt=71.6m limited_by=application stalled=1193h");
  }
}
