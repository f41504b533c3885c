// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRecord;
import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Error and body of a log record, worked out a second time and in another way. */
final class ExpectedLog {
  private static final Map<Integer, String> ERRNOS =
      Map.of(
          1, "access_denied",
          13, "access_denied",
          32, "broken_pipe",
          99, "address_not_available",
          101, "network_unreachable",
          103, "connection_aborted",
          104, "connection_reset",
          110, "timed_out",
          111, "connection_refused",
          113, "host_unreachable");

  private record Unit(String name, long ns, long limit) {}

  private static final List<Unit> UNITS =
      List.of(
          new Unit("us", 1000, 1000),
          new Unit("ms", 1_000_000, 1000),
          new Unit("s", 1_000_000_000, 100),
          new Unit("m", 60_000_000_000L, 100),
          new Unit("h", 3_600_000_000_000L, Long.MAX_VALUE));

  private ExpectedLog() {}

  /** Null for a good end, and for a connection that is open. */
  static String error(ConnectionRecord record) {
    int before = record.previousState();
    if (record.state() != 7) {
      return null;
    }
    String named = ERRNOS.getOrDefault(record.skErr(), "_OTHER");
    if (!record.connSuccess()) {
      return record.skErr() != 0 ? named : before == 2 ? "canceled" : "_OTHER";
    }
    boolean lost = record.unackedBytes() != 0;
    if (record.skErr() != 0) {
      return lost || Set.of(1, 3, 8).contains(before) ? named : null;
    }
    boolean readable = before == 8 || Set.of(4, 5).contains(before) && !record.finReceived();
    boolean closedOverData = readable && record.unreadBytes() != 0;
    return lost || Set.of(1, 3).contains(before) || closedOverData ? "connection_aborted" : null;
  }

  static String body(ConnectionRecord record) {
    String error = error(record);
    String event = List.of("", "opened", "closed", "failed", "open").get(record.kind().number());
    String line =
        String.format(
            Locale.ROOT,
            "tcp %s %s %s %s %s%s after %s",
            List.of("unknown", "server", "client").get(record.direction()),
            end(record, record.localAddressText(), record.localPort()),
            List.of("--", "<-", "->").get(record.direction()),
            end(record, record.peerAddressText(), record.peerPort()),
            event,
            error == null ? "" : ": " + error,
            duration(record.durationNs()));
    return "closed".equals(event) || "open".equals(event)
        ? line + totals(record) + delays(record)
        : line;
  }

  private static String delays(ConnectionRecord record) {
    String limit = limitedBy(record);
    String delays = limit == null ? "" : " limited_by=" + limit;
    return record.stalledMs() == 0
        ? delays
        : delays + " stalled=" + duration(record.stalledMs() * 1_000_000);
  }

  /** In ms, by cause; the application has the rest. */
  static Map<String, Long> limits(ConnectionRecord record) {
    Map<String, Long> limits = new LinkedHashMap<>();
    limits.put("network", record.networkLimitedMs());
    limits.put("receiver", record.receiverLimitedMs());
    limits.put("send_buffer", record.sendBufferLimitedMs());
    long others = limits.values().stream().mapToLong(Long::longValue).sum();
    BigDecimal rest =
        BigDecimal.valueOf(record.durationNs(), 6).subtract(BigDecimal.valueOf(others));
    if (record.direction() == 2) {
      rest = rest.subtract(BigDecimal.valueOf(record.handshakeUs(), 3));
    }
    boolean tells = record.connSuccess() && (record.flags() & ProbeAbi.TCP_PROBE_HAS_UID()) != 0;
    limits.put("application", tells ? Math.max(0, rest.longValue()) : 0);
    return limits;
  }

  /** Null if none reaches a tenth. */
  static String limitedBy(ConnectionRecord record) {
    String most = null;
    long mostMs = 0;
    for (Map.Entry<String, Long> limit : limits(record).entrySet()) {
      if (limit.getValue() > mostMs) {
        most = limit.getKey();
        mostMs = limit.getValue();
      }
    }
    BigDecimal tenth = BigDecimal.valueOf(record.durationNs(), 7);
    return BigDecimal.valueOf(mostMs).compareTo(tenth) < 0 ? null : most;
  }

  private static String end(ConnectionRecord record, String address, int port) {
    return (record.type() == 2 ? address : "[" + address + "]") + ":" + port;
  }

  private static String totals(ConnectionRecord record) {
    String totals =
        String.format(
            Locale.ROOT,
            " tx=%dB rx=%dB segs=%d/%d retrans=%d",
            record.sentBytes(),
            record.receivedBytes(),
            record.segsOut(),
            record.segsIn(),
            record.totalRetrans());
    if (record.srttEighthUs() != 0) {
      totals += " srtt=" + duration(record.srttEighthUs() * 125);
    }
    return record.rttMinUs() == 0
        ? totals
        : totals + " min_rtt=" + duration(record.rttMinUs() * 1000);
  }

  /** In the first unit whose limit the rounded number does not reach, with three digits. */
  private static String duration(long ns) {
    for (Unit unit : UNITS) {
      BigDecimal number =
          new BigDecimal(ns).divide(new BigDecimal(unit.ns), MathContext.DECIMAL128);
      for (int decimals = 2; decimals >= 0; decimals--) {
        BigDecimal rounded = number.setScale(decimals, RoundingMode.HALF_UP);
        boolean fits = rounded.precision() <= 3 || decimals == 0;
        if (fits && rounded.compareTo(new BigDecimal(unit.limit)) < 0) {
          return rounded.toPlainString() + unit.name;
        }
      }
    }
    throw new AssertionError(ns);
  }
}
