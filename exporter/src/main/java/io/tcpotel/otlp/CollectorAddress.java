// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import java.net.IDN;
import java.net.InetAddress;
import java.net.URI;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Where a collector listens. {@link URI} finds no host in a name that it does not know as one, as
 * those of Docker Compose with an underscore; the resolver does, so they are parsed here.
 *
 * @param scheme http or https
 * @param host a name in ASCII, or an address without brackets, perhaps with a zone ({@code
 *     fe80::1%eth0})
 */
public record CollectorAddress(String scheme, String host, int port) {
  /** For an address that is none. */
  public static final String REMEDY =
      "write http://HOST:4317 or, for TLS, https://HOST:4317; write an IPv6 address in brackets";

  private static final int DEFAULT_PORT = 4317;
  private static final int HIGHEST_PORT = 65535;
  private static final Pattern NAME = Pattern.compile("[\\w-]{1,63}(\\.[\\w-]{1,63})*\\.?");
  private static final Pattern ADDRESS = Pattern.compile("[\\d.]+");

  /** Throws an {@link IllegalArgumentException} with a reason that does not cite {@code url}. */
  public static CollectorAddress parse(String url) {
    int colon = url.indexOf("://");
    String scheme = colon < 0 ? "" : url.substring(0, colon).toLowerCase(Locale.ROOT);
    require(scheme.equals("http") || scheme.equals("https"), "begins with neither http nor https");
    String rest = url.substring(colon + 3);
    int end = rest.split("[/?#]", 2)[0].length();
    require(rest.substring(end).matches("/?"), "has more than a host and a port");
    String authority = rest.substring(0, end);
    require(authority.indexOf('@') < 0, "has a user name or password, which headers would carry");
    int hostEnd = authority.lastIndexOf(']') + 1;
    int portAt = authority.indexOf(':', hostEnd);
    require(authority.indexOf(':', portAt + 1) < 0 || hostEnd > 0, "needs brackets around IPv6");
    String host = portAt < 0 ? authority : authority.substring(0, portAt);
    int port = portAt < 0 ? DEFAULT_PORT : port(authority.substring(portAt + 1));
    boolean isBracketed = host.startsWith("[") && host.endsWith("]");
    CollectorAddress address =
        new CollectorAddress(
            scheme,
            isBracketed ? bracketed(host.substring(1, host.length() - 1)) : name(host),
            port);
    require(
        scheme.equals("http") || URI.create(scheme + "://" + address.authority()).getHost() != null,
        "has a host that no certificate can be for");
    return address;
  }

  private static void require(boolean isSo, String otherwise) {
    if (!isSo) {
      throw new IllegalArgumentException(otherwise);
    }
  }

  private static int port(String text) {
    int port = text.matches("\\d{1,5}") ? Integer.parseInt(text) : 0;
    require(port > 0 && port <= HIGHEST_PORT, "has a port that is not from 1 to 65535");
    return port;
  }

  /** An address with its zone, which a URL has behind an encoded percent sign (RFC 6874). */
  private static String bracketed(String text) {
    int percent = text.indexOf('%');
    String address = percent < 0 ? text : text.substring(0, percent);
    require(address.indexOf(':') >= 0, "has brackets around something else than IPv6");
    literal(address);
    if (percent < 0) {
      return address;
    }
    boolean isEncoded = text.startsWith("%25", percent) && text.length() > percent + 3;
    String zone = text.substring(percent + 1);
    return address + "%" + (isEncoded ? PercentText.decode("%" + zone).substring(1) : zone);
  }

  private static String name(String text) {
    String name = text.chars().allMatch(c -> c < 128) ? text : ascii(text);
    require(NAME.matcher(name).matches() && name.length() < 254, "has no host that can be found");
    return ADDRESS.matcher(name).matches() ? literal(name) : name;
  }

  /** Empty if there is no such form. */
  private static String ascii(String name) {
    try {
      return IDN.toASCII(name);
    } catch (IllegalArgumentException e) {
      return "";
    }
  }

  /** Also 127.1, as the resolver takes it. */
  private static String literal(String text) {
    try {
      return InetAddress.ofLiteral(text).getHostAddress();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("has an address that is none", e);
    }
  }

  /** The host without a zone, which means nothing to the other side. */
  public String name() {
    int zone = host.indexOf('%');
    return zone < 0 ? host : host.substring(0, zone);
  }

  /** Name and port, as the collector reads them. */
  String authority() {
    return (host.indexOf(':') < 0 ? host : "[" + name() + "]") + ":" + port;
  }

  /** Whether it is this machine's own, as far as the address alone says. */
  public boolean isLoopback() {
    return host.equalsIgnoreCase("localhost")
        || host.equals("::1")
        || host.matches("127\\.[\\d.]+");
  }

  public boolean isPlainText() {
    return scheme.equals("http");
  }

  /** As a URL. */
  @Override
  public String toString() {
    String shown = host.indexOf(':') < 0 ? host : "[" + host.replace("%", "%25") + "]";
    return scheme + "://" + shown + ":" + port;
  }
}
