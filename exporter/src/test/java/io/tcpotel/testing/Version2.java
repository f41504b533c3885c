// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Files that the last program with version 2 of the record has written: its spool, filled to the
 * limit of 16 KiB, of which the first five records were answered; and a recording of each kind.
 */
public final class Version2 {
  private static final Path RESOURCES = Path.of("src/test/resources/io/tcpotel");

  /** In the spool, one for each connection, whose ids count up from 1. */
  public static final int RECORDS = 64;

  /** Of them, those that have no answer yet are the ones from this one on. */
  public static final int UNANSWERED = 6;

  private Version2() {}

  /** The wall clock of the connection with this id. */
  public static long timeNs(long id) {
    return 1_700_000_077_000_000_000L + (id - 1) * 1001;
  }

  public static long observedNs(long id) {
    return timeNs(id) + 500_000 + id - 1;
  }

  public static RecordKind kind(long id) {
    return switch ((int) (id - 1) % 5) {
      case 0 -> RecordKind.CLOSE;
      case 1 -> RecordKind.FAILED;
      case 2 -> RecordKind.UPDATE;
      case 3 -> RecordKind.OPEN;
      default -> RecordKind.UNOBSERVED;
    };
  }

  /** Copies the spool's files into {@code folder}. */
  public static Path spool(Path folder) throws IOException {
    Path directory = Files.createDirectory(folder.resolve("spool"));
    try (Stream<Path> files = Files.list(RESOURCES.resolve("otlp/spool/version-2"))) {
      for (Path file : files.toList()) {
        Files.copy(file, directory.resolve(file.getFileName()));
      }
    }
    return directory;
  }

  public static Path recording() {
    return RESOURCES.resolve("recording/version-2.tcpotel");
  }

  /** Of a close in these files, all but the cookie, the generation and the time. */
  public static void requireClose(ConnectionRecord record) {
    requireEndsAndStates(record);
    requireTotals(record);
    requireNoDetails(record);
  }

  private static void requireEndsAndStates(ConnectionRecord record) {
    assertThat(record.kind()).isEqualTo(RecordKind.CLOSE);
    assertThat(record.type()).isEqualTo(ConnectionRecord.IPV4);
    assertThat(record.protocol()).isEqualTo(6);
    assertThat(record.direction()).isEqualTo(2);
    assertThat(record.state()).isEqualTo(7);
    assertThat(record.previousState()).isEqualTo(9);
    assertThat(record.connSuccess()).isTrue();
    assertThat(record.openReported()).isTrue();
    assertThat(record.closedBy()).isEqualTo(2);
    assertThat(record.finReceived()).isTrue();
    assertThat(record.preexisting()).isTrue();
    assertThat(record.skErr()).isEqualTo(104);
    assertThat(record.localAddressText()).isEqualTo("10.1.2.3");
    assertThat(record.peerAddressText()).isEqualTo("10.9.8.7");
    assertThat(record.localPort()).isEqualTo(41528);
    assertThat(record.peerPort()).isEqualTo(5432);
    assertThat(record.netnsCookie()).isEqualTo(4_294_967_299L);
    assertThat(record.cgroupId()).isEqualTo(4_294_968_001L);
    assertThat(record.pid()).isEqualTo(31337);
    assertThat(record.command()).isEqualTo("curl");
  }

  private static void requireTotals(ConnectionRecord record) {
    assertThat(record.durationNs()).isEqualTo(1_204_400_000L);
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
    assertThat(record.reportedLost()).isEqualTo(3);
    assertThat(record.lostOut()).isEqualTo(1);
    assertThat(record.unackedBytes()).isEqualTo(97);
    assertThat(record.unreadBytes()).isEqualTo(89);
    assertThat(record.srttEighthUs()).isEqualTo(6500);
    assertThat(record.rttMinUs()).isEqualTo(301);
    assertThat(record.mssCache()).isEqualTo(1448);
    assertThat(record.localIsn()).isEqualTo(0x89abcdefL);
    assertThat(record.peerIsn()).isEqualTo(0x1234567);
  }

  /** A record of version 2 has none of these: no flag says that one is there, and 0 is unknown. */
  public static void requireNoDetails(ConnectionRecord record) {
    assertThat(record.flags()).isZero();
    assertThat(record.reportedFlags()).isZero();
    assertThat(record.networkLimitedMs() + record.reportedNetworkLimitedMs()).isZero();
    assertThat(record.receiverLimitedMs() + record.reportedReceiverLimitedMs()).isZero();
    assertThat(record.sendBufferLimitedMs() + record.reportedSendBufferLimitedMs()).isZero();
    assertThat(record.stalledMs() + record.reportedStalledMs()).isZero();
    assertThat(record.spuriousRetransmits() + record.reportedSpuriousRetransmits()).isZero();
    assertThat(record.outOfOrderSegments() + record.reportedOutOfOrderSegments()).isZero();
    assertThat(record.timeouts() + record.reportedTimeouts()).isZero();
    assertThat(record.synRetransmits() + record.timeoutsInARow()).isZero();
    assertThat(record.windowProbes() + record.handshakeUs() + record.reorderings()).isZero();
    assertThat(record.deliveredCe() + record.mdevQuarterUs() + record.sndCwnd()).isZero();
    assertThat(record.transmitIdleMs() + record.receiveIdleMs() + record.uid()).isZero();
    assertThat(record.hasSequence()).isFalse();
    assertThat(record.closerCgroupId() + record.closerPid()).isZero();
    assertThat(record.closerCommand() + record.congestion()).isEmpty();
  }
}
