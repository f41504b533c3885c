// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.testing.RecordImage;
import org.junit.jupiter.api.Test;

class KmeshTextTest {
  private static final long TIME_NS = 1_787_184_122_006_101_203L;

  private static String line(RecordImage image) {
    KmeshText text = new KmeshText();
    ConnectionRole role = ConnectionRole.of(image.view());
    text.write(image.view(), LogEvent.END, role, null, null, TIME_NS);
    return text.toString();
  }

  @Test
  void aClientIsTheSource() {
    assertThat(line(RecordImage.close()))
        .isEqualTo(
            "2026-08-20 00:02:02.006101203 +0000 UTC src.addr=10.1.2.3:41528, src.workload=,"
                + " src.namespace=, dst.addr=10.9.8.7:5432, dst.service=, dst.workload=,"
                + " dst.namespace=, start_time=2026-08-20 00:02:00.801701203 +0000 UTC,"
                + " direction=OUTBOUND, state=BPF_TCP_CLOSE, sent_bytes=5321,"
                + " received_bytes=88211, packet_loss=4, retransmissions=5, srtt=812us,"
                + " min_rtt=301us, duration=1204.400ms");
  }

  @Test
  void aServerIsTheDestination() {
    RecordImage image =
        RecordImage.update().inbound().localAddress("2001:db8::7").peerAddress("::1").state(8);
    assertThat(line(image))
        .contains("src.addr=[::1]:5432, ", "dst.addr=[2001:db8::7]:41528, ")
        .contains(" direction=INBOUND, state=BPF_TCP_CLOSE_WAIT, ");
  }

  @Test
  void whatIsNotKnownIsEmpty() {
    assertThat(line(RecordImage.close().direction(0).state(13)))
        .contains(" src.addr=10.1.2.3:41528, ", " direction=, state=, sent_bytes=");
  }

  @Test
  void hasRoomForTheLongestLine() {
    String longest = "1111:2222:3333:4444:5555:6666:7777:8888";
    RecordImage image = RecordImage.close().localAddress(longest).peerAddress(longest).state(12);
    image.ports(65535, 65535).durationNs(Long.MAX_VALUE).bytes(Long.MAX_VALUE, Long.MAX_VALUE);
    image.retransmits(-1, 0).srttUs(-1).rttMinUs(-1).set(data -> tcp_probe_info.lost(data, -1));
    assertThat(line(image))
        .hasSizeLessThan(KmeshText.MAX_BYTES - 24)
        .endsWith("duration=9223372036854.775ms");
  }
}
