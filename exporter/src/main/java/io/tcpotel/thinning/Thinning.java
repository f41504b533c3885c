// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.thinning;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.PairKey;
import io.tcpotel.record.SamplingThreshold;
import java.math.BigDecimal;

/**
 * Decides once for each record whether it becomes a log record and a span, and notes the threshold
 * in it. Records of one connection, and of both its ends, have the same random bits, those of the
 * trace id. Hot: allocates nothing, throws nothing. One thread uses it.
 */
public final class Thinning {
  private final Rules rules;
  private final PairKey key;
  private final long lowest;
  private final LogRate rate;
  private final ThinningCounts counts = new ThinningCounts();

  /**
   * @param keep records that are kept if there is room
   * @param oneIn of the others one in so many is kept, 1 or more
   * @param perSecond log records of a second at most; 0 for any number
   */
  public record Rules(KeepConditions keep, BigDecimal oneIn, long perSecond) {
    public static final Rules NONE = new Rules(KeepConditions.NONE, BigDecimal.ONE, 0);

    /** Whether they can leave out a record. */
    public boolean thin() {
      return oneIn.compareTo(BigDecimal.ONE) > 0 || perSecond > 0;
    }
  }

  /**
   * @param key that both ends of a connection have
   */
  public Thinning(Rules rules, PairKey key) {
    this.rules = rules;
    this.key = key;
    this.lowest = SamplingThreshold.ofOneIn(rules.oneIn);
    this.rate =
        rules.perSecond == 0 ? null : new LogRate(rules.perSecond, lowest, rules.keep.exist());
  }

  public ThinningCounts counts() {
    return counts;
  }

  /**
   * Whether to keep a record; it has its threshold then.
   *
   * @param error null if it ended well, or has not ended
   * @param timeNs wall clock of its event
   */
  public boolean keeps(ConnectionRecord connection, ErrorType error, long timeNs) {
    counts.addDue();
    if (rate != null) {
      rate.advance(timeNs);
    }
    LeftOut reason = rules.keep.meets(connection, error) ? offerMet(connection) : offer(connection);
    if (reason != null) {
      counts.add(reason);
      return false;
    }
    counts.addKept();
    return true;
  }

  private LeftOut offerMet(ConnectionRecord connection) {
    if (rate != null && !rate.takeMet()) {
      return LeftOut.KEPT_ABOVE_RATE;
    }
    connection.keepWith(SamplingThreshold.ALL);
    return null;
  }

  private LeftOut offer(ConnectionRecord connection) {
    long randomness = SamplingThreshold.randomness(connection.pairIds(key).traceIdLow());
    if (randomness < lowest) {
      return LeftOut.ONE_IN;
    }
    if (rate == null) {
      connection.keepWith(lowest);
      return null;
    }
    rate.offer();
    if (!rate.hasRoom()) {
      return LeftOut.RATE_USED_UP;
    }
    long threshold = rate.threshold();
    if (randomness < threshold) {
      return LeftOut.RATE;
    }
    rate.take();
    connection.keepWith(threshold);
    return null;
  }
}
