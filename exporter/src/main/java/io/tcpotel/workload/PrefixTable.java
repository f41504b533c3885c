// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.bpf.AddressPrefix;
import java.math.BigInteger;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/**
 * The value of the longest prefix that an address is in. The prefixes are cut into ranges of
 * addresses that do not overlap; {@link #get} is hot and allocates nothing.
 */
final class PrefixTable<T> {
  private static final int BITS = 128;

  /** The first address of each range, as unsigned halves in ascending order. */
  private final long[] high;

  private final long[] low;

  /** Null in a range without a value. */
  private final List<T> values;

  private PrefixTable(List<Range<T>> ranges) {
    high = new long[ranges.size()];
    low = new long[ranges.size()];
    values = new ArrayList<>(ranges.size());
    for (Range<T> range : ranges) {
      high[values.size()] = range.start.shiftRight(Long.SIZE).longValue();
      low[values.size()] = range.start.longValue();
      values.add(range.value);
    }
  }

  /** Goes from the start of one to that of the next. */
  private record Range<T>(BigInteger start, T value) {}

  private record Prefix<T>(BigInteger start, BigInteger behind, T value) {
    static <T> Prefix<T> of(AddressPrefix prefix, T value) {
      BigInteger start = new BigInteger(1, prefix.address());
      BigInteger size = BigInteger.ONE.shiftLeft(BITS - prefix.bits());
      return new Prefix<>(start, start.add(size), value);
    }
  }

  /**
   * @param values may be null: then the addresses for which the prefix is the longest have none
   */
  static <T> PrefixTable<T> of(Map<AddressPrefix, T> values) {
    List<Prefix<T>> prefixes = new ArrayList<>();
    values.forEach((prefix, value) -> prefixes.add(Prefix.of(prefix, value)));
    // Each before those inside it.
    prefixes.sort(
        Comparator.comparing((Prefix<T> prefix) -> prefix.start)
            .thenComparing(prefix -> prefix.behind, Comparator.reverseOrder()));
    List<Range<T>> ranges = new ArrayList<>();
    ranges.add(new Range<>(BigInteger.ZERO, null));
    Deque<Prefix<T>> around = new ArrayDeque<>();
    for (Prefix<T> prefix : prefixes) {
      endThoseBefore(prefix.start, around, ranges);
      around.push(prefix);
      begin(prefix.start, prefix.value, ranges);
    }
    endThoseBefore(BigInteger.ONE.shiftLeft(BITS), around, ranges);
    return new PrefixTable<>(ranges);
  }

  private static <T> void endThoseBefore(
      BigInteger start, Deque<Prefix<T>> around, List<Range<T>> ranges) {
    while (!around.isEmpty() && around.peek().behind.compareTo(start) <= 0) {
      BigInteger behind = around.pop().behind;
      if (behind.bitLength() <= BITS) {
        begin(behind, around.isEmpty() ? null : around.peek().value, ranges);
      }
    }
  }

  private static <T> void begin(BigInteger start, T value, List<Range<T>> ranges) {
    if (ranges.getLast().start.equals(start)) {
      ranges.removeLast();
    }
    ranges.add(new Range<>(start, value));
  }

  /**
   * Null if there is none.
   *
   * @param first of the address's two halves, as a record has them
   */
  T get(long first, long second) {
    long wantedHigh = Long.reverseBytes(first);
    long wantedLow = Long.reverseBytes(second);
    int from = 0;
    int to = high.length;
    while (to - from > 1) {
      int middle = from + to >>> 1;
      int order = Long.compareUnsigned(high[middle], wantedHigh);
      order = order == 0 ? Long.compareUnsigned(low[middle], wantedLow) : order;
      if (order <= 0) {
        from = middle;
      } else {
        to = middle;
      }
    }
    return values.get(from);
  }
}
