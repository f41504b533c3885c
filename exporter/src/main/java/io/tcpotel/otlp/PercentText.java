// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Failure;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Percent-encoded text in OpenTelemetry's variables. The messages never cite it: it may be secret.
 */
final class PercentText {
  private static final int HEX = 16;

  private PercentText() {}

  /**
   * The decoded pairs of {@code text}, which has the form of W3C Baggage without properties: {@code
   * NAME=VALUE,NAME=VALUE}.
   */
  static Map<String, String> pairs(String variable, String text) {
    Map<String, String> pairs = new LinkedHashMap<>();
    String[] entries = text.split(",");
    for (int i = 0; i < entries.length; i++) {
      String entry = entries[i].strip();
      int equals = entry.indexOf('=');
      if (entry.isEmpty()) {
        continue;
      }
      try {
        if (equals <= 0) {
          throw new IllegalArgumentException("is not NAME=VALUE");
        }
        String name = decode(entry.substring(0, equals).strip());
        pairs.put(name, decode(entry.substring(equals + 1).strip()));
      } catch (IllegalArgumentException e) {
        throw Failure.usage(
            variable,
            "entry " + (i + 1) + " " + e.getMessage(),
            "write NAME=VALUE,NAME=VALUE, percent-encoded");
      }
    }
    return pairs;
  }

  /** A plus sign stands for itself, as in URIs; only forms of HTML use it for a blank. */
  static String decode(String text) {
    byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream decoded = new ByteArrayOutputStream();
    for (int i = 0; i < encoded.length; i++) {
      if (encoded[i] == '%') {
        decoded.write(code(encoded, i + 1));
        i += 2;
      } else {
        decoded.write(encoded[i]);
      }
    }
    try {
      ByteBuffer bytes = ByteBuffer.wrap(decoded.toByteArray());
      return StandardCharsets.UTF_8.newDecoder().decode(bytes).toString();
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException("is no text in UTF-8", e);
    }
  }

  private static int code(byte[] encoded, int at) {
    int high = at + 1 < encoded.length ? Character.digit(encoded[at], HEX) : -1;
    int low = high < 0 ? -1 : Character.digit(encoded[at + 1], HEX);
    if (low < 0) {
      throw new IllegalArgumentException("has a % without two hexadecimal digits (%25 is a %)");
    }
    return high * HEX + low;
  }
}
