// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.TcpInfo;
import java.util.LinkedHashMap;
import java.util.Map;

/** For how long the client of a connection was held up by what, as the kernel told its socket. */
final class KnownLimits {
  /** The kernel counts these times in ticks. */
  static final double TICK_SECONDS = 0.01;

  private static final double US_PER_S = 1e6;
  private static final double NS_PER_S = 1e9;

  /** At least and at most, in seconds. */
  private record Span(double least, double most) {}

  private final Map<String, Span> spans = new LinkedHashMap<>();
  private final double leastSeconds;
  private final double mostSeconds;
  private final double busySeconds;

  KnownLimits(KnownConnection connection) {
    TcpInfo last = connection.last();
    busySeconds = last.busyUs() / US_PER_S;
    leastSeconds = connection.leastNs() / NS_PER_S;
    mostSeconds = connection.mostNs() / NS_PER_S;
    add("network", last.busyUs() - last.receiverLimitedUs() - last.sendBufferLimitedUs());
    add("receiver", last.receiverLimitedUs());
    add("send_buffer", last.sendBufferLimitedUs());
  }

  private void add(String cause, long us) {
    spans.put(cause, new Span(us / US_PER_S - TICK_SECONDS, us / US_PER_S + TICK_SECONDS));
  }

  /** The rest of its duration belongs to the application. */
  KnownLimits withApplication() {
    spans.put(
        "application",
        new Span(leastSeconds - busySeconds - TICK_SECONDS, mostSeconds - busySeconds));
    return this;
  }

  /** The largest; several if these can be. */
  Cell cause() {
    double least = spans.values().stream().mapToDouble(Span::least).max().orElseThrow();
    return Cell.oneOf(
        spans.keySet().stream().filter(each -> spans.get(each).most() >= least).toList());
  }

  /** How long the largest was. */
  Cell seconds() {
    return Cell.between(
        spans.values().stream().mapToDouble(Span::least).max().orElseThrow(),
        spans.values().stream().mapToDouble(Span::most).max().orElseThrow());
  }
}
