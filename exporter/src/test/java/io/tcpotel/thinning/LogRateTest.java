// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.thinning;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.PairKey;
import io.tcpotel.record.SamplingThreshold;
import io.tcpotel.testing.RecordImage;
import java.math.BigDecimal;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The bound of a second, what the kept stand for, and which of two ends are kept. */
class LogRateTest {
  private static final long SECOND_NS = 1_000_000_000;
  private static final long BEGIN_NS = 1_700_000_000L * SECOND_NS;
  private static final KeepConditions FAILED = KeepConditions.NONE.withFailed();

  private final Random random = new Random(4711);
  private final ConnectionRecord record = new ConnectionRecord();
  private final RecordImage close = RecordImage.close();
  private final RecordImage failure = RecordImage.failure();

  /** What a thinning has kept. */
  private static final class Kept {
    final Thinning thinning;
    final SortedMap<Long, Integer> bySecond = new TreeMap<>();
    double extrapolated;
    double variance;
    long failures;

    Kept(Thinning thinning) {
      this.thinning = thinning;
    }

    boolean offer(ConnectionRecord record, long timeNs) {
      ErrorType error = ErrorType.of(record);
      if (!thinning.keeps(record, error, timeNs)) {
        return false;
      }
      bySecond.merge(timeNs / SECOND_NS, 1, Integer::sum);
      double probability = SamplingThreshold.probability(record.samplingThreshold());
      extrapolated += 1 / probability;
      variance += (1 - probability) / (probability * probability);
      failures += error == null ? 0 : 1;
      return true;
    }

    long count(LeftOut reason) {
      return thinning.counts().of(reason);
    }

    int most() {
      return bySecond.values().stream().mapToInt(Integer::intValue).max().orElse(0);
    }
  }

  private static Kept rate(long perSecond, String oneIn, KeepConditions keep) {
    return new Kept(
        new Thinning(new Thinning.Rules(keep, new BigDecimal(oneIn), perSecond), PairKey.PUBLIC));
  }

  private ConnectionRecord next() {
    return record.copyFrom(close.isns(random.nextInt(), random.nextInt()).data(), 0);
  }

  private long offer(Kept kept, int second, int perSecond) {
    for (int i = 0; i < perSecond; i++) {
      kept.offer(next(), BEGIN_NS + second * SECOND_NS + SECOND_NS * i / perSecond);
    }
    return perSecond;
  }

  private static void standsForAllWithin3Sigma(Kept kept, int oneIn, long offered) {
    long unrepresented = oneIn * kept.count(LeftOut.RATE_USED_UP);
    double error = Math.abs(kept.extrapolated + unrepresented - offered);
    assertThat(error).isLessThan(3 * Math.sqrt(kept.variance));
    ThinningCounts.Snapshot counts = kept.thinning.counts().snapshot();
    assertThat(counts.due()).isEqualTo(offered);
    assertThat(counts.leftOut().values().stream().mapToLong(Long::longValue).sum() + counts.kept())
        .isEqualTo(offered);
  }

  @Test
  void aSteadyLoadIsKeptUpToTheRateAndStandsForAll() {
    Kept kept = rate(1000, "1", KeepConditions.NONE);
    long offered = 0;
    for (int second = 0; second < 20; second++) {
      offered += offer(kept, second, 20_000);
    }
    assertThat(kept.most()).isBetween(700, 1000);
    assertThat(kept.bySecond.tailMap(BEGIN_NS / SECOND_NS + 1).values())
        .allSatisfy(perSecond -> assertThat(perSecond).isBetween(650, 1000));
    assertThat(kept.count(LeftOut.RATE_USED_UP)).isZero();
    standsForAllWithin3Sigma(kept, 1, offered);
  }

  @Test
  void aLoadBelowTheRateIsKeptWhole() {
    Kept kept = rate(1000, "1", KeepConditions.NONE);
    for (int second = 0; second < 20; second++) {
      offer(kept, second, 700);
    }
    assertThat(kept.thinning.counts().snapshot().kept()).isEqualTo(20 * 700);
    assertThat(kept.extrapolated).isEqualTo(20 * 700);
  }

  @Test
  void theBoundHoldsWhateverTheLoadDoes() {
    for (int round = 0; round < 40; round++) {
      int perSecond = 1 + random.nextInt(1 << random.nextInt(12));
      Kept kept = rate(perSecond, round % 2 == 0 ? "1" : "2.5", FAILED);
      long timeNs = BEGIN_NS + random.nextInt();
      long offered = 0;
      for (int burst = 0; burst < 30; burst++) {
        int size = random.nextInt(1 << random.nextInt(15));
        long gapNs = random.nextInt(1 << random.nextInt(22));
        for (int i = 0; i < size; i++) {
          kept.offer(random.nextInt(8) == 0 ? nextFailure() : next(), timeNs);
          timeNs += gapNs;
        }
        offered += size;
        timeNs += random.nextInt(1 << 30);
      }
      assertThat(kept.most()).as("of %d", perSecond).isLessThanOrEqualTo(perSecond);
      assertThat(kept.thinning.counts().snapshot().due()).isEqualTo(offered);
    }
  }

  private ConnectionRecord nextFailure() {
    return record.copyFrom(failure.isns(random.nextInt(), 0).closeNs(random.nextLong()).data(), 0);
  }

  @Test
  void aSuddenLoadOfAHundredTimesAsManyStillStandsForAll() {
    Kept kept = rate(500, "2", KeepConditions.NONE);
    long offered = 0;
    for (int second = 0; second < 12; second++) {
      offered += offer(kept, second, second % 4 == 3 ? 100_000 : 900);
    }
    assertThat(kept.most()).isLessThanOrEqualTo(500);
    standsForAllWithin3Sigma(kept, 2, offered);
  }

  @Test
  void whatAConditionKeepsComesFirst() {
    Kept kept = rate(100, "1", FAILED);
    int failures = 0;
    for (int second = 0; second < 10; second++) {
      for (int i = 0; i < 5000; i++) {
        boolean fails = i % 100 == 99;
        failures += fails ? 1 : 0;
        long timeNs = BEGIN_NS + second * SECOND_NS + SECOND_NS * i / 5000;
        kept.offer(fails ? nextFailure() : next(), timeNs);
      }
    }
    assertThat(failures).isEqualTo(500);
    assertThat(kept.failures).isEqualTo(500);
    assertThat(kept.count(LeftOut.KEPT_ABOVE_RATE)).isZero();
    assertThat(kept.most()).isLessThanOrEqualTo(100);
    assertThat(kept.thinning.counts().snapshot().kept()).isGreaterThan(700);
  }

  @Test
  void whatAConditionKeepsIsLeftOutAndCountedAboveTheRate() {
    Kept kept = rate(50, "1", FAILED);
    for (int i = 0; i < 80; i++) {
      kept.offer(nextFailure(), BEGIN_NS + i);
    }
    kept.offer(next(), BEGIN_NS + 80);
    assertThat(kept.failures).isEqualTo(50);
    assertThat(kept.count(LeftOut.KEPT_ABOVE_RATE)).isEqualTo(30);
    assertThat(kept.count(LeftOut.RATE_USED_UP)).isEqualTo(1);
  }

  @Test
  void bothEndsMostlyAgree() {
    Kept client = rate(1000, "1", KeepConditions.NONE);
    Kept server = rate(1000, "1", KeepConditions.NONE);
    RecordImage other = RecordImage.close().inbound().ports(80, 7);
    int both = 0;
    int either = 0;
    for (int i = 0; i < 200_000; i++) {
      long timeNs = BEGIN_NS + i * SECOND_NS / 20_000;
      int ours = random.nextInt();
      int theirs = random.nextInt();
      boolean one = client.offer(close.isns(ours, theirs).view(), timeNs);
      boolean two = server.offer(other.isns(theirs, ours).view(), timeNs + random.nextInt(500_000));
      both += one && two ? 1 : 0;
      either += one || two ? 1 : 0;
    }
    assertThat(either).isGreaterThan(7000);
    assertThat(both).isGreaterThan(either * 9 / 10);
  }

  @Test
  void aClockThatIsSetBackBeginsAnotherSecond() {
    Kept kept = rate(10, "1", KeepConditions.NONE);
    for (long timeNs : new long[] {BEGIN_NS, BEGIN_NS - 5 * SECOND_NS, Long.MAX_VALUE, 0, -7}) {
      long before = kept.thinning.counts().snapshot().kept();
      for (int i = 0; i < 1000; i++) {
        kept.thinning.keeps(next(), null, timeNs);
      }
      long now = kept.thinning.counts().snapshot().kept();
      assertThat(now - before).isBetween(timeNs == -7 ? 0L : 1L, 10L);
    }
    kept.thinning.keeps(next(), null, Long.MIN_VALUE);
    assertThat(kept.thinning.counts().snapshot().due()).isEqualTo(5001);
  }
}
