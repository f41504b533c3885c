// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.sdk.metrics.data.HistogramPointData;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.RecordImage;
import org.junit.jupiter.api.Test;

/** Durations, handshakes and round-trip times of connections, in their histograms. */
class ConnectionTimesTest {
  private static final String RTT = "tcpotel.rtt";
  private static final String MIN_RTT = "tcpotel.min_rtt";
  private static final String HANDSHAKE = "tcpotel.handshake.duration";
  private static final String CLIENT = "{server.port=5432, tcpotel.connection.role=client}";

  private final CollectedMetrics collected = new CollectedMetrics(false);

  /** A later report in which the peer has acknowledged more, or nothing more. */
  private static RecordImage later(long sentBytes, long reportedBytes) {
    return RecordImage.update().bytes(sentBytes, 900).reportedBytes(sentBytes - reportedBytes, 8);
  }

  private static RecordImage first(RecordImage image) {
    return image.reportedBytes(0, 0).reportedSegments(0, 0);
  }

  private static RecordImage afterSecondSyn(RecordImage image) {
    return image.set(data -> tcp_probe_info.syn_retransmits(data, (byte) 1));
  }

  private static RecordImage handshake(RecordImage image, int us) {
    return image.set(data -> tcp_probe_info.handshake_us(data, us));
  }

  private HistogramPointData point(String histogram) {
    return collected.histogram(histogram).get(CLIENT);
  }

  @Test
  void anOpenConnectionIsObservedInEachIntervalThatBringsASample() {
    collected.record(RecordImage.open());
    assertThat(collected.has(RTT)).as("an open is no interval").isFalse();
    collected.record(first(RecordImage.update().bytes(0, 900)).srttUs(8_000));
    assertThat(point(RTT).getSum()).as("the handshake's sample").isEqualTo(0.001);
    collected.record(later(700, 700).srttUs(16_000));
    assertThat(point(RTT).getSum()).as("data was acknowledged").isEqualTo(0.003);
    collected.record(later(700, 0).srttUs(24_000));
    assertThat(point(RTT).getCount()).as("data was received only").isEqualTo(2);
    collected.record(later(1_000, 300).srttUs(0));
    assertThat(point(RTT).getCount()).as("no sample at all").isEqualTo(2);
    collected.record(
        later(1_500, 500).srttUs(24_000).set(data -> tcp_probe_info.closed_by(data, (byte) 2)));
    assertThat(point(RTT).getCount()).as("the value of the first FIN").isEqualTo(2);
    collected.record(RecordImage.close().srttUs(24_000));
    assertThat(point(RTT).getSum()).as("the end").isEqualTo(0.006);
    assertThat(point(RTT).getCount()).isEqualTo(3);
  }

  @Test
  void aWrongFirstSampleIsNotObservedWhileItCanCount() {
    collected.record(afterSecondSyn(first(RecordImage.update())).srttUs(8_000_000));
    collected.record(afterSecondSyn(later(16_777_215, 1_000)).srttUs(800_000));
    collected.record(afterSecondSyn(RecordImage.close()).srttUs(8_000_000));
    assertThat(collected.has(RTT)).isFalse();
    assertThat(collected.has(MIN_RTT)).isFalse();
    collected.record(afterSecondSyn(later(16_777_216, 1_000)).srttUs(8_000));
    assertThat(point(RTT).getSum()).isEqualTo(0.001);
  }

  @Test
  void theLowestRoundTripIsObservedAtTheEnd() {
    collected.record(later(700, 700).rttMinUs(300));
    assertThat(collected.has(MIN_RTT)).isFalse();
    collected.record(RecordImage.close().rttMinUs(0));
    assertThat(collected.has(MIN_RTT)).as("no sample").isFalse();
    collected.record(RecordImage.close().rttMinUs(301));
    assertThat(point(MIN_RTT).getSum()).isEqualTo(0.000301);
  }

  @Test
  void recordsNoRoundTripWithoutASample() {
    collected.record(RecordImage.close().srttUs(0));
    assertThat(collected.has(RTT)).isFalse();
  }

  @Test
  void aHandshakeIsObservedOnceByItsClient() {
    collected.record(RecordImage.open());
    collected.record(handshake(first(RecordImage.update()).inbound(), 4_000));
    collected.record(handshake(first(RecordImage.update()), 0));
    assertThat(collected.has(HANDSHAKE)).as("a server's; one that nobody saw begin").isFalse();
    collected.record(handshake(first(RecordImage.update()), 2_000));
    collected.record(handshake(later(700, 700), 2_000));
    collected.record(handshake(RecordImage.close(), 2_000));
    assertThat(point(HANDSHAKE).getSum()).isEqualTo(0.002);
    collected.record(handshake(first(RecordImage.close()), 5_000));
    assertThat(point(HANDSHAKE).getSum()).as("a short connection").isEqualTo(0.007);
  }

  @Test
  void aFailedHandshakeHasItsError() {
    collected.record(RecordImage.failure().durationNs(3_000_000_000L).skErr(110));
    assertThat(collected.histogram(HANDSHAKE))
        .containsOnlyKeys("{error.type=timed_out, " + CLIENT.substring(1));
    assertThat(collected.count(HANDSHAKE, "timed_out")).isEqualTo(1);
  }
}
