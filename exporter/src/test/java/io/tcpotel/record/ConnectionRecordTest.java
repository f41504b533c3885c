// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.RecordImage;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectionRecordTest {
  private static final int SIZE = (int) tcp_probe_info.sizeof();
  private static final long SENT_BYTES = 20_000_000_005L;
  private static final long RECEIVED_BYTES = 30_000_000_007L;

  @Test
  void readsEveryFieldOfARecordWhoseFieldsAllDiffer() {
    ConnectionRecord record =
        RecordImage.close().skErr(104).unackedBytes(1001).unreadBytes(1002).view();
    assertThat(record.kind()).isEqualTo(RecordKind.CLOSE);
    assertThat(record.type()).isEqualTo(ConnectionRecord.IPV4);
    assertThat(record.protocol()).isEqualTo(6);
    assertThat(record.direction()).isEqualTo(ProbeAbi.TCP_PROBE_OUTBOUND());
    assertThat(record.state()).isEqualTo(7);
    assertThat(record.previousState()).isEqualTo(9);
    assertThat(record.connSuccess()).isTrue();
    assertThat(record.openReported()).isTrue();
    assertThat(record.closedBy()).isEqualTo(ProbeAbi.TCP_PROBE_CLOSED_BY_REMOTE());
    assertThat(record.finReceived()).isTrue();
    assertThat(record.skErr()).isEqualTo(104);
    assertThat(record.localAddressText()).isEqualTo("10.1.2.3");
    assertThat(record.peerAddressText()).isEqualTo("10.9.8.7");
    assertThat(record.localPort()).isEqualTo(41528);
    assertThat(record.peerPort()).isEqualTo(5432);
    assertThat(record.generation()).isEqualTo(3);
    assertThat(record.socketCookie()).isEqualTo(0xa1b2c3L);
    assertThat(record.netnsCookie()).isEqualTo(4_294_967_299L);
    assertThat(record.cgroupId()).isEqualTo(4_294_968_001L);
    assertThat(record.durationNs()).isEqualTo(1_204_400_000L);
    assertThat(record.closeNs()).isEqualTo(77_000_000_123L);
    assertThat(record.pid()).isEqualTo(31337);
    assertThat(record.command()).isEqualTo("curl");
  }

  @Test
  void readsEveryCounterOfARecordWhoseFieldsAllDiffer() {
    ConnectionRecord record = RecordImage.close().unackedBytes(1001).unreadBytes(1002).view();
    assertThat(record.sentBytes()).isEqualTo(5321);
    assertThat(record.receivedBytes()).isEqualTo(88211);
    assertThat(record.reportedSentBytes()).isEqualTo(21);
    assertThat(record.reportedReceivedBytes()).isEqualTo(211);
    assertThat(record.segsOut()).isEqualTo(71);
    assertThat(record.segsIn()).isEqualTo(80);
    assertThat(record.totalRetrans()).isEqualTo(5);
    assertThat(record.lost()).isEqualTo(4);
    assertThat(record.reportedSegsOut()).isEqualTo(11);
    assertThat(record.reportedSegsIn()).isEqualTo(17);
    assertThat(record.reportedTotalRetrans()).isEqualTo(2);
    assertThat(record.lostOut()).isEqualTo(1);
    assertThat(record.unackedBytes()).isEqualTo(1001);
    assertThat(record.unreadBytes()).isEqualTo(1002);
    assertThat(record.srttEighthUs()).isEqualTo(6500);
    assertThat(record.srttNs()).isEqualTo(812_500);
    assertThat(record.rttMinUs()).isEqualTo(301);
    assertThat(record.mssCache()).isEqualTo(1448);
  }

  @Test
  void widensNumbersThatAreUnsignedInTheHeader() {
    ConnectionRecord record =
        RecordImage.close()
            .kindNumber(255)
            .previousState(200)
            .skErr(65535)
            .ports(65535, 32768)
            .segments(-1, -2)
            .reportedSegments(-3, -4)
            .retransmits(-5, -6)
            .unackedBytes(-7)
            .unreadBytes(-8)
            .srttUs(-9)
            .rttMinUs(-10)
            .mss(-11)
            .generation(-12)
            .view();
    long full = 0x1_0000_0000L;
    assertThat(record.kind()).isNull();
    assertThat(record.previousState()).isEqualTo(200);
    assertThat(record.skErr()).isEqualTo(65535);
    assertThat(record.localPort()).isEqualTo(65535);
    assertThat(record.peerPort()).isEqualTo(32768);
    assertThat(record.segsOut()).isEqualTo(full - 1);
    assertThat(record.segsIn()).isEqualTo(full - 2);
    assertThat(record.reportedSegsOut()).isEqualTo(full - 3);
    assertThat(record.reportedSegsIn()).isEqualTo(full - 4);
    assertThat(record.totalRetrans()).isEqualTo(full - 5);
    assertThat(record.reportedTotalRetrans()).isEqualTo(full - 6);
    assertThat(record.unackedBytes()).isEqualTo(full - 7);
    assertThat(record.unreadBytes()).isEqualTo(full - 8);
    assertThat(record.srttEighthUs()).isEqualTo(full - 9);
    assertThat(record.srttNs()).isEqualTo((full - 9) * 125);
    assertThat(record.rttMinUs()).isEqualTo(full - 10);
    assertThat(record.mssCache()).isEqualTo(full - 11);
    assertThat(record.generation()).isEqualTo(full - 12);
  }

  @Test
  void connectsOfOneSocketDoNotRepeatAnId() {
    RecordImage image = RecordImage.close().socketCookie(0xff_ffff_ffffL);
    Set<Long> ids = new HashSet<>();
    for (int generation = 0; generation < 3 * 65536; generation++) {
      assertThat(ids.add(image.generation(generation).view().connectionId())).isTrue();
    }
    assertThat(image.generation(0).view().connectionId()).isEqualTo(0xff_ffff_ffffL);
    assertThat(image.generation(0x2_0001).view().connectionId()).isEqualTo(0x0001_02ff_ffff_ffffL);
  }

  @Test
  void movesToARecordAnywhereInASegment() {
    MemorySegment data = Arena.ofAuto().allocate(3L * SIZE, 8);
    RecordImage last = RecordImage.close().ports(1, 2).localAddress("2001:db8::1");
    MemorySegment.copy(RecordImage.open().data(), 0, data, 0, RecordKind.OPEN.bytes());
    MemorySegment.copy(last.data(), 0, data, 2L * SIZE, SIZE);
    ConnectionRecord record = new ConnectionRecord();
    assertThat(record.copyFrom(data, 0).kind()).isEqualTo(RecordKind.OPEN);
    assertThat(record.copyFrom(data, 2L * SIZE).localPort()).isEqualTo(1);
    assertThat(record.localAddressText()).isEqualTo("2001:db8::1");
    assertThat(record.localAddress(1)).isEqualTo(Long.reverseBytes(1));
    assertThat(record.peerAddress(1)).isEqualTo(last.view().peerAddress(1));
    assertThat(record.check(SIZE)).isEqualTo(RecordCheck.OK);
    MemorySegment copy = Arena.ofAuto().allocate(SIZE + 8L, 8);
    record.copyTo(copy, 8);
    assertThat(copy.asSlice(8).mismatch(last.data())).isEqualTo(-1);
    assertThat(record.copyFrom(copy, 16).check(SIZE - 8)).isEqualTo(RecordCheck.TRUNCATED);
  }

  @Test
  void readsACommandThatFillsItsFieldButForTheZero() {
    assertThat(RecordImage.close().command("fifteen-letters").view().command())
        .isEqualTo("fifteen-letters");
    assertThat(RecordImage.close().command("").view().command()).isEmpty();
  }

  @Test
  void acceptsEveryKnownKindAndFamily() {
    for (RecordKind kind : EnumSet.complementOf(EnumSet.of(RecordKind.LISTENER))) {
      RecordImage image = RecordImage.close().kind(kind).established(kind != RecordKind.FAILED);
      assertThat(image.view().check(kind.bytes())).isEqualTo(RecordCheck.OK);
    }
    assertThat(RecordImage.close().peerAddress("::1").view().check(SIZE)).isEqualTo(RecordCheck.OK);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 8, 215, 216, 217, 352, 359, 361, 368, 1 << 30})
  void refusesARecordOfAnotherLength(int length) {
    assertThat(RecordImage.close().view().check(length)).isEqualTo(RecordCheck.TRUNCATED);
  }

  @Test
  void looksAtNothingOfARecordThatIsTooShortToHoldIt() {
    MemorySegment eight = Arena.ofAuto().allocate(8);
    eight.set(ValueLayout.JAVA_SHORT, 2, (short) 8);
    assertThat(new ConnectionRecord().copyFrom(eight, 0).check(8))
        .isEqualTo(RecordCheck.UNKNOWN_TYPE);
    assertThat(new ConnectionRecord().copyFrom(MemorySegment.NULL, 0).check(0))
        .isEqualTo(RecordCheck.UNKNOWN_TYPE);
    eight.set(ValueLayout.JAVA_BYTE, 4, (byte) RecordKind.CLOSE.number());
    assertThat(new ConnectionRecord().copyFrom(eight, 0).check(8)).isEqualTo(RecordCheck.TRUNCATED);
  }

  @Test
  void refusesARecordThatSaysAnotherSize() {
    assertThat(RecordImage.close().size(SIZE + 8).view().check(SIZE))
        .isEqualTo(RecordCheck.TRUNCATED);
    assertThat(RecordImage.close().size(0).view().check(SIZE)).isEqualTo(RecordCheck.TRUNCATED);
  }

  @Test
  void refusesAnotherVersionKindOrFamily() {
    int version = ProbeAbi.TCP_PROBE_VERSION();
    for (RecordImage image :
        new RecordImage[] {
          RecordImage.close().version(version + 1),
          RecordImage.close().version(0),
          RecordImage.close().kindNumber(0),
          RecordImage.close().kindNumber(ProbeAbi.TCP_PROBE_KINDS()),
          RecordImage.close().kindNumber(255),
          RecordImage.close().type(0),
          RecordImage.close().type(1)
        }) {
      assertThat(image.view().check(SIZE)).isEqualTo(RecordCheck.UNKNOWN_TYPE);
    }
    RecordKind listener = RecordKind.LISTENER;
    assertThat(RecordImage.close().kind(listener).view().check(listener.bytes()))
        .isEqualTo(RecordCheck.UNKNOWN_TYPE);
  }

  /** Totals of these bytes, 7 and 70 segments, 3 retransmits, minus these differences. */
  private static ConnectionRecord differing(
      long sent, long received, int segsOut, int segsIn, int retrans) {
    return RecordImage.update()
        .bytes(SENT_BYTES, RECEIVED_BYTES)
        .reportedBytes(SENT_BYTES - sent, RECEIVED_BYTES - received)
        .segments(7, 70)
        .reportedSegments(7 - segsOut, 70 - segsIn)
        .retransmits(3, 3 - retrans)
        .view();
  }

  /** The first difference of segments wraps; half of their range takes 2^31 bytes. */
  @ParameterizedTest
  @CsvSource({
    "1000, 500, 10, 5, 2, OK",
    "0, 0, 0, 0, 0, OK",
    "-1, 500, 10, 5, 2, BACKWARDS",
    "1000, -1, 10, 5, 2, BACKWARDS",
    "1000, 500, -1, 5, 2, BACKWARDS",
    "1000, 500, 10, -1, 2, BACKWARDS",
    "1000, 500, 10, 5, -1, BACKWARDS",
    "2147483000, 647, 10, -1, 2, BACKWARDS",
    "2147483000, 648, 10, -1, 2, OK",
    "-1, 9999999999, 10, -1, 2, BACKWARDS"
  })
  void aTotalBelowTheReportedOneIsBackwards(
      long sent, long received, int segsOut, int segsIn, int retrans, RecordCheck expected) {
    ConnectionRecord record = differing(sent, received, segsOut, segsIn, retrans);
    assertThat(record.check(SIZE)).isEqualTo(expected);
    RecordDifferences.forget(record);
    assertThat(record.check(SIZE)).isEqualTo(RecordCheck.OK);
    assertThat(record.reportedSentBytes()).isEqualTo(SENT_BYTES);
    assertThat(record.sentBytes()).isEqualTo(SENT_BYTES);
    assertThat(record.reportedReceivedBytes()).isEqualTo(RECEIVED_BYTES);
    assertThat(record.receivedBytes()).isEqualTo(RECEIVED_BYTES);
    assertThat(record.reportedSegsOut()).isEqualTo(7).isEqualTo(record.segsOut());
    assertThat(record.reportedSegsIn()).isEqualTo(70).isEqualTo(record.segsIn());
    assertThat(record.reportedTotalRetrans()).isEqualTo(3).isEqualTo(record.totalRetrans());
  }

  @Test
  void aDelayBelowTheReportedOneIsBackwardsAndForgotten() {
    List<Consumer<MemorySegment>> backwards =
        List.of(
            data -> tcp_probe_info.reported_network_limited_ms(data, 613),
            data -> tcp_probe_info.reported_receiver_limited_ms(data, 208),
            data -> tcp_probe_info.reported_send_buffer_limited_ms(data, 104),
            data -> tcp_probe_info.reported_stalled_ms(data, 410),
            data -> tcp_probe_info.reported_spurious_retransmits(data, 34),
            data -> tcp_probe_info.reported_out_of_order_segments(data, 46),
            data -> tcp_probe_info.reported_timeouts(data, (short) 13));
    for (Consumer<MemorySegment> each : backwards) {
      RecordImage image = RecordImage.update();
      assertThat(image.view().check(SIZE)).isEqualTo(RecordCheck.OK);
      ConnectionRecord record = image.set(each).view();
      assertThat(record.check(SIZE)).isEqualTo(RecordCheck.BACKWARDS);
      int flags = record.flags();
      RecordDifferences.forget(record);
      assertThat(record.check(SIZE)).isEqualTo(RecordCheck.OK);
      assertThat(record.reportedNetworkLimitedMs()).isEqualTo(612);
      assertThat(record.reportedReceiverLimitedMs()).isEqualTo(207);
      assertThat(record.reportedSendBufferLimitedMs()).isEqualTo(103);
      assertThat(record.reportedStalledMs()).isEqualTo(409);
      assertThat(record.reportedSpuriousRetransmits()).isEqualTo(33);
      assertThat(record.reportedOutOfOrderSegments()).isEqualTo(45);
      assertThat(record.reportedTimeouts()).isEqualTo(12).isEqualTo(record.timeouts());
      assertThat(record.flags()).isEqualTo(flags);
    }
  }

  @Test
  void fieldsOfAnUnreadableRecordAreNotToBeRead() {
    assertThat(RecordCheck.values())
        .filteredOn(RecordCheck::isReadable)
        .containsExactly(RecordCheck.OK, RecordCheck.BACKWARDS);
  }

  @Test
  void refusesFieldsThatNoRecordCanHave() {
    for (RecordImage image :
        new RecordImage[] {
          RecordImage.failure().state(1),
          RecordImage.failure().established(true).skErr(0).previousState(9),
          RecordImage.close().durationNs(Long.MIN_VALUE),
          RecordImage.close().bytes(-1, 1),
          RecordImage.close().bytes(1, -1),
          RecordImage.close().reportedBytes(-1, 1),
          RecordImage.close().reportedBytes(1, -1)
        }) {
      assertThat(image.view().check(SIZE)).isEqualTo(RecordCheck.UNKNOWN_TYPE);
    }
  }

  @Test
  void aCommandWithoutItsZeroEndsWithTheRecord() {
    RecordImage image = RecordImage.close();
    image.data().asSlice(tcp_probe_info.command$offset()).fill((byte) 'x');
    assertThat(image.view().command()).matches("x{16,}");
  }

  @Test
  void takesTheRoleFromTheDirection() {
    ConnectionRecord client = RecordImage.close().outbound().view();
    ConnectionRecord server = RecordImage.close().inbound().view();
    ConnectionRecord unknown = RecordImage.close().direction(0).view();
    assertThat(ConnectionRole.of(client)).isEqualTo(ConnectionRole.CLIENT);
    assertThat(ConnectionRole.of(server)).isEqualTo(ConnectionRole.SERVER);
    assertThat(ConnectionRole.of(unknown)).isEqualTo(ConnectionRole.UNKNOWN);
    assertThat(ConnectionRole.CLIENT.serverPort(client)).isEqualTo(5432);
    assertThat(ConnectionRole.SERVER.serverPort(server)).isEqualTo(41528);
    assertThat(ConnectionRole.UNKNOWN.serverPort(unknown)).isZero();
    assertThat(ConnectionRole.values())
        .extracting(ConnectionRole::value)
        .containsExactlyInAnyOrder("client", "server", "unknown");
  }

  @Test
  void readsTheFieldsThatTheRecordingKeepsAlone() {
    ConnectionRecord record = RecordImage.close().view();
    assertThat(record.localIsn()).isEqualTo(0x89abcdefL);
    assertThat(record.peerIsn()).isEqualTo(0x1234567);
    assertThat(record.reportedLost()).isEqualTo(3);
    assertThat(record.preexisting()).isFalse();
    assertThat(RecordImage.adopted().view().preexisting()).isTrue();
    assertThat(RecordImage.failure().view().openReported()).isFalse();
  }

  @Test
  void writesItsAddressesAsText() {
    byte[] text = new byte[64];
    ConnectionRecord record = RecordImage.close().view();
    int local = record.localText().copyTo(text, 5);
    assertThat(new String(text, 5, local - 5, US_ASCII)).isEqualTo("10.1.2.3");
    int peer = record.peerText().copyTo(text, 7);
    assertThat(new String(text, 7, peer - 7, US_ASCII)).isEqualTo("10.9.8.7");
  }
}
