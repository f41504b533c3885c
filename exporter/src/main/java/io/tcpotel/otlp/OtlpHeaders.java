// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Failure;
import io.tcpotel.ForeignText;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** The headers of a variable. Messages name a header, but never cite its value. */
final class OtlpHeaders {
  /** Those of gRPC, which HTTP/2 carries in lower case. */
  private static final Pattern NAME = Pattern.compile("[a-z0-9_.-]+");

  /** Characters without control characters, and no blank at either end: RFC 9113, 8.2.1. */
  private static final Pattern VALUE = Pattern.compile("([!-~]([ -~]*[!-~])?)?");

  private static final Set<String> NOT_FOR_USERS =
      Set.of(
          "connection",
          "content-type",
          "host",
          "keep-alive",
          "proxy-connection",
          "te",
          "transfer-encoding",
          "upgrade",
          "user-agent");

  private OtlpHeaders() {}

  /** Name and value of each header in {@code text}, percent-decoded. */
  static Map<String, String> parse(String variable, String text) {
    Map<String, String> headers = new LinkedHashMap<>();
    PercentText.pairs(variable, text)
        .forEach(
            (name, value) -> {
              ForeignText.keepSecret(value);
              headers.put(name(variable, name, headers.size() + 1), value);
            });
    headers.forEach((name, value) -> requireValue(variable, name, value));
    return headers;
  }

  /** A name that is none may be a part of a secret that was not encoded. */
  private static String name(String variable, String text, int number) {
    String name = text.toLowerCase(Locale.ROOT);
    if (!NAME.matcher(name).matches()) {
      throw Failure.usage(
          variable,
          "the name of header " + number + " has a character that gRPC does not take",
          "write NAME=VALUE,NAME=VALUE with letters, digits, '-', '_' and '.' in names");
    }
    if (NOT_FOR_USERS.contains(name) || name.startsWith("grpc-") || name.endsWith("-bin")) {
      throw Failure.usage(
          variable, "the header " + name + " is one that gRPC sets itself", "leave it out");
    }
    return name;
  }

  private static void requireValue(String variable, String name, String value) {
    if (!VALUE.matcher(value).matches()) {
      throw Failure.usage(
          variable,
          "the value of header "
              + name
              + " has what HTTP/2 cannot carry: a control character, a blank at an end, or a letter"
              + " beyond ASCII",
          "a secret read from a file often ends in a line break, which is %0A: leave it out");
    }
  }
}
