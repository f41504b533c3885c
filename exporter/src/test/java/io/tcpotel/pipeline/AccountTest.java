// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.KernelCounters;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.bpf.abi.tcp_probe_counters;
import io.tcpotel.otlp.DeliveryCounts;
import io.tcpotel.otlp.spool.SpoolCounts;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.CountedSum;
import io.tcpotel.testing.FoldImage;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.thinning.LeftOut;
import io.tcpotel.thinning.ThinningCounts;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Every slot of the account has a number of its own, so that no two can be swapped. */
class AccountTest {
  private static final SpoolCounts.Snapshot SPOOL =
      new SpoolCounts.Snapshot(201, 202, 203, 204, 205);
  private static final ThinningCounts.Snapshot THINNING =
      new ThinningCounts.Snapshot(
          301,
          302,
          Map.of(
              LeftOut.ONE_IN, 303L,
              LeftOut.RATE, 304L,
              LeftOut.RATE_USED_UP, 305L,
              LeftOut.KEPT_ABOVE_RATE, 306L));
  private static final DeliveryCounts.Snapshot LOGS =
      new DeliveryCounts.Snapshot(101, 102, 103, 104, 105, 106, 107, 108, SPOOL);
  private static final DeliveryCounts.Snapshot SPANS =
      new DeliveryCounts.Snapshot(
          411,
          412,
          413,
          414,
          415,
          416,
          417,
          418,
          new SpoolCounts.Snapshot(401, 402, 403, 404, 405));
  private static final Account.Exported EXPORTED =
      new Account.Exported(
          new Delivered(LOGS, Map.of("INTERNAL", 109L)),
          new Delivered(SPANS, Map.of("NOT_FOUND", 419L)),
          new Account.Collections(110, 111));

  private static final String[] SPANS_LINES = {
    "  spans          ended 411 + recovered 401 = exported 412 + rejected 413 + failed 414"
        + " + queue_full 415 + shutdown 416 + spool_full 403 + spool_failed 404 + corrupt 405"
        + " + spooled 402 + waiting 417 + in_flight 418",
    "  spans failed   {NOT_FOUND=419}"
  };

  private static final String[] TOTALS = {
    "  bytes sent     read 10600 + folded 40001 = collected 801 + to_collect 31",
    "  bytes received read 176000 + folded 50002 = collected 802 + to_collect 32",
    "  segments out   read 121 + folded 603 = collected 803 + to_collect 33",
    "  segments in    read 127 + folded 704 = collected 804 + to_collect 34",
    "  retransmits    read 6 + folded 85 = collected 805 + to_collect 35",
    "  lost           read 3 + folded 86 = collected 806 + to_collect 36",
    "  network ms     read 1000 + folded 3101 = collected 807 + to_collect 37",
    "  receiver ms    read 300 + folded 3202 = collected 808 + to_collect 38",
    "  send buffer ms read 120 + folded 3303 = collected 809 + to_collect 39",
    "  stalled ms     read 200 + folded 3404 = collected 810 + to_collect 40",
    "  timeouts       read 6 + folded 35 = collected 811 + to_collect 41",
    "  spurious       read 22 + folded 36 = collected 812 + to_collect 42",
    "  out of order   read 42 + folded 37 = collected 813 + to_collect 43",
  };

  /** Sum s of the metrics: 800 + s are shown, and 30 + s wait. */
  private static Account.Counted counted() {
    Map<CountedSum, ConnectionMetrics.Collected> sums = new EnumMap<>(CountedSum.class);
    for (CountedSum sum : CountedSum.values()) {
      sums.put(sum, new ConnectionMetrics.Collected(800 + sum.ordinal(), 30 + sum.ordinal()));
    }
    return new Account.Counted(9, sums);
  }

  /** An update and an older connection without an open, and a fold. */
  private static Account.Read allRead() {
    ReadSums sums = new ReadSums();
    sums.add(RecordImage.update().openReported(false).view());
    sums.add(RecordImage.close().openReported(false).preexisting(true).view());
    sums.add(RecordImage.failure().view());
    sums.add(FoldImage.closes().view());
    return new Account.Read(read(), sums, THINNING);
  }

  /** Kind k has seen 1000 k reports, and 100 k + o of outcome o. */
  static KernelCounters.Snapshot counters() {
    MemorySegment sums = Arena.ofAuto().allocate(tcp_probe_counters.layout());
    for (int kind = 1; kind <= RecordKind.values().length; kind++) {
      tcp_probe_counters.seen(sums, kind, 1000L * kind);
      for (int outcome = 0; outcome < ReportOutcome.values().length; outcome++) {
        tcp_probe_counters.outcome(sums, kind, outcome, 100L * kind + outcome);
      }
    }
    tcp_probe_counters.unknown(sums, 7);
    tcp_probe_counters.backwards(sums, 6);
    tcp_probe_counters.unnamed_cgroups(sums, 5);
    tcp_probe_counters.adopted_closed(sums, 8);
    return new KernelCounters.Snapshot(sums);
  }

  /** Kind k was read 10 k times, the damaged records 1 and 2 times. */
  static ReadCounts read() {
    ReadCounts read = new ReadCounts();
    for (RecordKind kind : RecordKind.values()) {
      for (int i = 0; i < 10 * kind.number(); i++) {
        read.count(RecordCheck.OK, kind);
      }
    }
    read.count(RecordCheck.TRUNCATED, null);
    read.count(RecordCheck.UNKNOWN_TYPE, null);
    read.count(RecordCheck.UNKNOWN_TYPE, null);
    for (int i = 0; i < 4; i++) {
      read.count(RecordCheck.BACKWARDS, RecordKind.UPDATE);
    }
    return read;
  }

  @Test
  void printsEveryTermOfACapture() {
    assertThat(Account.ofCapture(counters(), allRead(), counted(), EXPORTED).text().lines())
        .containsExactly(
            "sums",
            "  kernel open    seen 1000 = put 100 + deferred 101 + folded 102 + filtered 103 + no_storage 104",
            "  kernel close   seen 2000 = put 200 + deferred 201 + folded 202 + filtered 203 + no_storage 204",
            "  kernel failed  seen 3000 = put 300 + deferred 301 + folded 302 + filtered 303 + no_storage 304",
            "  kernel update  seen 4000 = put 400 + deferred 401 + folded 402 + filtered 403 + no_storage 404",
            "  kernel adopted seen 5000 = put 500 + deferred 501 + folded 502 + filtered 503 + no_storage 504",
            "  kernel unobserved seen 6000 = put 600 + deferred 601 + folded 602 + filtered 603 + no_storage 604",
            "  kernel listener seen 7000 = put 700 + deferred 701 + folded 702 + filtered 703 + no_storage 704",
            "  kernel unknown 7",
            "  kernel backwards 6",
            "  kernel unnamed 5",
            "  ring           put 2800 = read 287",
            "  read           287 = open 10 + close 20 + failed 30 + update 40 + adopted 50 + unobserved 60"
                + " + listener 70 + truncated 1 + unknown_type 2 + backwards 4",
            "  connections    opened 201 + adopted 1001 + late 156 = closed 1992 + adopted_closed 8"
                + " + live 9 + deferred 602",
            "  attempts       opened 201 + failed 602 + late 102 = collected 800 + to_collect 30"
                + " + deferred 101",
            TOTALS[0],
            TOTALS[1],
            TOTALS[2],
            TOTALS[3],
            TOTALS[4],
            TOTALS[5],
            TOTALS[6],
            TOTALS[7],
            TOTALS[8],
            TOTALS[9],
            TOTALS[10],
            TOTALS[11],
            TOTALS[12],
            "  thinning       due 301 = kept 302 + one_in 303 + rate 304 + rate_used_up 305"
                + " + kept_above_rate 306",
            "  logs           ended 101 + recovered 201 = exported 102 + rejected 103 + failed 104"
                + " + queue_full 105 + shutdown 106 + spool_full 203 + spool_failed 204 + corrupt 205"
                + " + spooled 202 + waiting 107 + in_flight 108",
            "  logs failed    {INTERNAL=109}",
            SPANS_LINES[0],
            SPANS_LINES[1],
            "  metrics        exported 110, failed 111");
  }

  @Test
  void linesOfWhatMayNeverHappenAreLeftOut() {
    MemorySegment none = Arena.ofAuto().allocate(tcp_probe_counters.layout());
    Account.Exported nothing = new Account.Exported(null, null, null);
    Account account =
        Account.ofCapture(new KernelCounters.Snapshot(none), allRead(), counted(), nothing);
    assertThat(account.text())
        .contains("kernel adopted", "kernel unknown")
        .doesNotContain(
            "kernel unobserved", "kernel listener", "kernel backwards", "logs", "metrics");
  }

  @Test
  void printsEveryTermOfAReplay() {
    Account.Exported metrics = new Account.Exported(null, null, new Account.Collections(1, 0));
    assertThat(Account.ofReplay(200, allRead(), 48, counted(), metrics).text().lines())
        .containsExactly(
            "sums",
            "  file           200 = read 287 + not_read 48",
            "  read           287 = open 10 + close 20 + failed 30 + update 40 + adopted 50 + unobserved 60"
                + " + listener 70 + truncated 1 + unknown_type 2 + backwards 4",
            TOTALS[0],
            TOTALS[1],
            TOTALS[2],
            TOTALS[3],
            TOTALS[4],
            TOTALS[5],
            TOTALS[6],
            TOTALS[7],
            TOTALS[8],
            TOTALS[9],
            TOTALS[10],
            TOTALS[11],
            TOTALS[12],
            "  thinning       due 301 = kept 302 + one_in 303 + rate 304 + rate_used_up 305"
                + " + kept_above_rate 306",
            "  metrics        exported 1, failed 0");
  }

  @Test
  void theSummaryAddsTheKindsUpAndLeavesRareZerosOut() {
    Equation kernel =
        Account.ofCapture(counters(), allRead(), counted(), EXPORTED).summary().getFirst();
    assertThat(kernel.name() + " " + kernel.left()).isEqualTo("kernel seen 28000");
    assertThat(kernel.right().toString())
        .isEqualTo("[put 2800, deferred 2807, folded 2814, filtered 2821, no_storage 2828]");
    assertThat(Equation.of("a", "b", 3).plus("c", 0).part("d", 0).rare("e", 0).rare("f", 3))
        .satisfies(it -> assertThat(it.left()).isEqualTo("b 3"))
        .satisfies(it -> assertThat(it.right().toString()).isEqualTo("[d 0, f 3]"))
        .satisfies(it -> assertThat(it.closes()).isTrue());
    assertThat(Equation.of("a", "b", 3).part("c", 4).closes()).isFalse();
  }
}
