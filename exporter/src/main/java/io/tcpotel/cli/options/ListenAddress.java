// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The value of {@code option}: a host and a port; port 0 means any free one. */
public record ListenAddress(String option, String host, int port) {
  private static final Pattern FORM =
      Pattern.compile("(?<host>\\[[0-9A-Fa-f:.]+(%\\w+)?]|[^\\s:\\[\\]]+):(?<port>\\d{1,5})");
  private static final int MAX_PORT = 0xffff;

  public static ListenAddress parse(String option, String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      throw malformed(option, text, "not an address and a port");
    }
    int port = Integer.parseInt(form.group("port"));
    if (port > MAX_PORT) {
      throw malformed(option, text, "a port is at most " + MAX_PORT);
    }
    return new ListenAddress(option, form.group("host"), port);
  }

  private static Failure malformed(String option, String text, String reason) {
    return Failure.usage(
        option + " '" + text + "'", reason, "write HOST:PORT, as 127.0.0.1:4317 or [::1]:4317");
  }

  public InetSocketAddress resolve() {
    try {
      return new InetSocketAddress(InetAddress.getByName(host), port);
    } catch (UnknownHostException e) {
      throw Failure.running(
          option + " '" + this + "'",
          "the host " + host + " cannot be resolved",
          "write an address of this machine, as 127.0.0.1, or a name that resolves to one",
          e);
    }
  }

  public ListenAddress withPort(int realPort) {
    return new ListenAddress(option, host, realPort);
  }

  @Override
  public String toString() {
    return host + ":" + port;
  }
}
