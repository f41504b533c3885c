// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.CountedSum;
import java.util.ArrayList;
import java.util.List;

/** The totals that collections show are those of records and folds: the account's lines of them. */
final class Totals {
  private Totals() {}

  static List<String> equations(ReadSums read, Account.Counted counted) {
    List<String> lines = new ArrayList<>();
    for (CountedSum sum : CountedSum.values()) {
      boolean isRare = sum.compareTo(CountedSum.TOTAL_RETRANS) > 0;
      if (sum != CountedSum.ATTEMPTS && !(isRare && read.read(sum) + read.folded(sum) == 0)) {
        lines.add(equation(sum, read, counted.sums().get(sum)).toString());
      }
    }
    return lines;
  }

  private static Equation equation(
      CountedSum sum, ReadSums read, ConnectionMetrics.Collected collected) {
    return Equation.of(name(sum), "read", read.read(sum))
        .plus("folded", read.folded(sum))
        .part("collected", collected.shown())
        .rare("to_collect", collected.waiting());
  }

  private static String name(CountedSum sum) {
    return switch (sum) {
      case ATTEMPTS -> "attempts";
      case SENT_BYTES -> "bytes sent";
      case RECEIVED_BYTES -> "bytes received";
      case SEGS_OUT -> "segments out";
      case SEGS_IN -> "segments in";
      case TOTAL_RETRANS -> "retransmits";
      case LOST -> "lost";
      case NETWORK_LIMITED_MS -> "network ms";
      case RECEIVER_LIMITED_MS -> "receiver ms";
      case SEND_BUFFER_LIMITED_MS -> "send buffer ms";
      case STALLED_MS -> "stalled ms";
      case TIMEOUTS -> "timeouts";
      case SPURIOUS_RETRANSMITS -> "spurious";
      case OUT_OF_ORDER_SEGMENTS -> "out of order";
    };
  }
}
