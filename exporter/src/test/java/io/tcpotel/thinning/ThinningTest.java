// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.thinning;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.PairIds;
import io.tcpotel.record.PairKey;
import io.tcpotel.record.SamplingThreshold;
import io.tcpotel.testing.AllocatedBytes;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.testing.RecordImage;
import java.lang.foreign.MemorySegment;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

class ThinningTest {
  private static final BigInteger END_OF_56_BITS = BigInteger.ONE.shiftLeft(56);

  private final Random random = new Random(16);

  private static Thinning oneIn(String n) {
    return new Thinning(
        new Thinning.Rules(KeepConditions.NONE, new BigDecimal(n), 0), PairKey.PUBLIC);
  }

  private static Thinning keeping(KeepConditions keep) {
    return new Thinning(
        new Thinning.Rules(keep, new BigDecimal(1L << Integer.SIZE - 1), 0), PairKey.PUBLIC);
  }

  private static boolean keeps(Thinning thinning, ConnectionRecord record) {
    return thinning.keeps(record, ErrorType.of(record), record.closeNs());
  }

  private static boolean isKept(KeepConditions keep, RecordImage image) {
    return keeps(keeping(keep), image.view());
  }

  /** 2^56 (1 - 1/n), rounded down to the highest 32 of its 56 bits. */
  private static BigInteger threshold(String n) {
    BigDecimal kept =
        new BigDecimal(END_OF_56_BITS).divide(new BigDecimal(n), MathContext.DECIMAL128);
    BigInteger exact = new BigDecimal(END_OF_56_BITS).subtract(kept).toBigInteger();
    return exact.shiftRight(24).shiftLeft(24);
  }

  @Test
  void aRecordIsKeptIfItsLow56BitsAreNotBelowTheThreshold() {
    for (String n : new String[] {"1", "1.5", "2", "3", "10", "1000", "12345.678"}) {
      Thinning thinning = oneIn(n);
      PairIds ids = new PairIds();
      for (int i = 0; i < 20_000; i++) {
        ConnectionRecord record =
            AnyRecord.of(random).isns(random.nextInt(), random.nextInt()).view();
        ids.take(record);
        BigInteger bits =
            new BigInteger(Long.toUnsignedString(ids.traceIdLow())).mod(END_OF_56_BITS);
        assertThat(keeps(thinning, record)).as(n).isEqualTo(bits.compareTo(threshold(n)) >= 0);
        if (bits.compareTo(threshold(n)) >= 0) {
          assertThat(BigInteger.valueOf(record.samplingThreshold()).shiftLeft(24))
              .isEqualTo(threshold(n));
        }
      }
    }
  }

  @Test
  void oneInAMillionIdsIsKeptAsOftenAsChanceHasIt() {
    int records = 1_000_000;
    RecordImage image = RecordImage.close();
    for (int n : new int[] {2, 10, 1000}) {
      Thinning thinning = oneIn(Integer.toString(n));
      ConnectionRecord record = new ConnectionRecord();
      int kept = 0;
      for (int i = 0; i < records; i++) {
        kept += keeps(thinning, next(record, image)) ? 1 : 0;
      }
      double sigma = Math.sqrt(records * (1.0 / n) * (1 - 1.0 / n));
      assertThat(Math.abs(kept - (double) records / n)).as("1 in %d", n).isLessThan(3 * sigma);
      ThinningCounts.Snapshot counts = thinning.counts().snapshot();
      assertThat(counts.due()).isEqualTo(records);
      assertThat(counts.kept()).isEqualTo(kept);
      assertThat(counts.leftOut()).containsEntry(LeftOut.ONE_IN, (long) records - kept);
    }
  }

  private ConnectionRecord next(ConnectionRecord record, RecordImage image) {
    return record.copyFrom(image.isns(random.nextInt(), random.nextInt()).data(), 0);
  }

  @Test
  void bothEndsAndAllRecordsOfAConnectionAreKeptOrLeftOutTogether() {
    Thinning client = oneIn("3");
    Thinning server = oneIn("3");
    int kept = 0;
    for (int i = 0; i < 3000; i++) {
      int ours = random.nextInt();
      int theirs = random.nextInt();
      boolean isKept = keeps(client, RecordImage.close().isns(ours, theirs).view());
      for (Supplier<RecordImage> kind : kinds()) {
        RecordImage other = kind.get().inbound().ports(5432, 41528).closeNs(i);
        assertThat(keeps(server, other.isns(theirs, ours).view())).isEqualTo(isKept);
      }
      kept += isKept ? 1 : 0;
    }
    assertThat(kept).isBetween(850, 1150);
  }

  private static List<Supplier<RecordImage>> kinds() {
    return List.of(RecordImage::close, RecordImage::update, RecordImage::open);
  }

  @Test
  void aHigherThresholdKeepsAPartOfWhatALowerOneKeeps() {
    Thinning many = oneIn("4");
    Thinning few = oneIn("9.5");
    for (int i = 0; i < 10_000; i++) {
      RecordImage image = RecordImage.close().isns(random.nextInt(), random.nextInt());
      assertThat(!keeps(few, image.view()) || keeps(many, image.view())).isTrue();
    }
  }

  @Test
  void theThresholdStaysWithTheRecordWhateverItsKind() {
    for (Supplier<RecordImage> kind : kinds()) {
      ConnectionRecord record = kind.get().view();
      assertThat(record.samplingThreshold()).isEqualTo(SamplingThreshold.NONE);
      for (long threshold : new long[] {0, 1, 0x80000000L, SamplingThreshold.HIGHEST}) {
        record.keepWith(threshold);
        assertThat(RecordImage.of(record).view().samplingThreshold()).isEqualTo(threshold);
        assertThat(record.closeNs()).isEqualTo(77_000_000_123L);
      }
    }
  }

  private static KeepConditions slower(long ns) {
    return KeepConditions.NONE.withSlower(ns);
  }

  private static KeepConditions larger(long bytes) {
    return KeepConditions.NONE.withLarger(bytes);
  }

  private static KeepConditions retransmits(double ratio) {
    return KeepConditions.NONE.withRetransmits(ratio);
  }

  private static KeepConditions idle(long ms) {
    return KeepConditions.NONE.withIdle(ms);
  }

  @Test
  void withoutAConditionAlmostNothingIsKept() {
    assertThat(isKept(KeepConditions.NONE, RecordImage.close())).isFalse();
    assertThat(isKept(KeepConditions.NONE, RecordImage.failure())).isFalse();
    RecordImage largest = RecordImage.close().durationNs(Long.MAX_VALUE).bytes(5, 1L << 62);
    assertThat(isKept(KeepConditions.NONE, largest.bytes(1L << 62, 1L << 62))).isFalse();
    assertThat(isKept(KeepConditions.NONE, largest.retransmits(-1, 0).segments(0, 0))).isFalse();
  }

  @Test
  void whatFailedIsKept() {
    KeepConditions failed = KeepConditions.NONE.withFailed();
    assertThat(isKept(failed, RecordImage.failure())).isTrue();
    assertThat(isKept(failed, RecordImage.close().skErr(104).finReceived(false).unackedBytes(1)))
        .isTrue();
    assertThat(isKept(failed, RecordImage.close())).isFalse();
  }

  @Test
  void aConditionIsMetAboveItsBound() {
    RecordImage close = RecordImage.close(); // 1.2044 s, 5321 + 88211 bytes, 5 of 71 segments
    assertThat(isKept(slower(1_204_399_999L), close)).isTrue();
    assertThat(isKept(slower(1_204_400_000L), close)).isFalse();
    assertThat(isKept(larger(5321 + 88211 - 1), close)).isTrue();
    assertThat(isKept(larger(5321 + 88211), close)).isFalse();
    assertThat(isKept(retransmits(4.9 / 71), close)).isTrue();
    assertThat(isKept(retransmits(5.1 / 71), close)).isFalse();
    assertThat(isKept(retransmits(0), close.retransmits(0, 0))).isFalse();
  }

  /** Sent 151 ms ago, received 163 ms ago. */
  @Test
  void aConnectionIsIdleSinceItMovedDataInEitherDirection() {
    assertThat(isKept(idle(150), RecordImage.close())).isTrue();
    assertThat(isKept(idle(151), RecordImage.close())).isFalse();
    RecordImage received = RecordImage.close();
    int flag = ProbeAbi.TCP_PROBE_HAS_RECEIVED();
    received.set(data -> tcp_probe_info.flags(data, (short) flag));
    assertThat(isKept(idle(162), received)).isTrue();
    assertThat(isKept(idle(163), received)).isFalse();
    received.set(data -> tcp_probe_info.flags(data, (short) 0));
    assertThat(isKept(idle(1203), received)).as("never moved any").isTrue();
    assertThat(isKept(idle(1204), received)).isFalse();
  }

  @Test
  void whatAConditionKeepsHasTheThresholdZero() {
    ConnectionRecord record = RecordImage.close().view();
    assertThat(keeps(keeping(slower(1)), record)).isTrue();
    assertThat(record.samplingThreshold()).isEqualTo(SamplingThreshold.ALL);
  }

  @Test
  void decidingAllocatesNothing() {
    Thinning thinning =
        new Thinning(new Thinning.Rules(idle(100), new BigDecimal("2"), 1000), PairKey.PUBLIC);
    MemorySegment[] images = new MemorySegment[64];
    for (int i = 0; i < images.length; i++) {
      RecordImage image = AnyRecord.of(random).closeNs(i * 100_000_000L);
      images[i] = image.isns(random.nextInt(), random.nextInt()).data();
    }
    ConnectionRecord record = new ConnectionRecord();
    int[] next = {0};
    AllocatedBytes.requireNone(
        "Thinning.keeps",
        () -> keeps(thinning, record.copyFrom(images[next[0]++ % images.length], 0)));
    assertThat(thinning.counts().snapshot().kept()).isPositive();
    assertThat(thinning.counts().of(LeftOut.ONE_IN)).isPositive();
  }
}
