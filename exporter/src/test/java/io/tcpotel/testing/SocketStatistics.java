// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What {@code ss -ti} prints about one socket. */
public record SocketStatistics(String line) {

  /** Of the socket with this local port, which must be the only one. */
  public static SocketStatistics of(TestNamespace namespace, int localPort) {
    String text = namespace.exec("ss", "-tinHO", "sport", "=", ":" + localPort).strip();
    if (text.isEmpty() || text.indexOf('\n') >= 0) {
      throw new IllegalStateException("not one socket of port " + localPort + ": " + text);
    }
    return new SocketStatistics(text);
  }

  /** {@code name:value}; 0 where ss leaves it out. */
  public long count(String name) {
    Matcher matcher = find(name, "(\\d+)");
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }

  /** The total of {@code retrans:current/total}. */
  public long retransmissions() {
    Matcher matcher = find("retrans", "\\d+/(\\d+)");
    return matcher.find() ? Long.parseLong(matcher.group(1)) : 0;
  }

  /** The smoothed round trip, of {@code rtt:average/deviation} in milliseconds. */
  public long rttUs() {
    return microseconds("rtt");
  }

  public long minRttUs() {
    return microseconds("minrtt");
  }

  private long microseconds(String name) {
    Matcher matcher = find(name, "([\\d.]+)");
    if (!matcher.find()) {
      throw new IllegalStateException("no " + name + " in: " + line);
    }
    return Math.round(Double.parseDouble(matcher.group(1)) * 1000);
  }

  private Matcher find(String name, String value) {
    return Pattern.compile("(?:^|\\s)" + name + ":" + value).matcher(line);
  }
}
