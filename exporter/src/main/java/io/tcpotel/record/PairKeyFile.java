// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.Failure;
import io.tcpotel.Setting;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HexFormat;

/**
 * A file with a pair key: 32 hexadecimal digits, and perhaps a newline. No message shows its
 * content.
 */
public record PairKeyFile(Path path) {
  private static final int DIGITS = 2 * PairKey.BYTES;
  private static final String REMEDY =
      "write " + DIGITS + " hexadecimal digits into it, as by: openssl rand -hex " + PairKey.BYTES;

  /** Throws a {@link Failure} if it holds no key. */
  public PairKey read() {
    if (!Files.isRegularFile(path)) { // a pipe would be empty after the second start
      throw unusable(path + (Files.exists(path) ? " is no regular file" : " does not exist"));
    }
    byte[] content;
    try (InputStream in = Files.newInputStream(path)) {
      content = in.readNBytes(DIGITS + 2);
    } catch (IOException e) {
      throw Failure.usage(
          Setting.PAIR_KEY_FILE, path + " cannot be read: " + e, "let this user read it");
    }
    return PairKey.own(HexFormat.of().parseHex(digits(content)));
  }

  private String digits(byte[] content) {
    String text = new String(content, StandardCharsets.ISO_8859_1);
    String digits = text.endsWith("\n") ? text.substring(0, text.length() - 1) : text;
    for (int i = 0; i < Math.min(digits.length(), DIGITS); i++) {
      if (!HexFormat.isHexDigit(digits.charAt(i))) {
        throw unusable(path + ": character " + (i + 1) + " is no hexadecimal digit");
      }
    }
    if (digits.length() != DIGITS) {
      String found = digits.length() < DIGITS ? digits.length() + "" : "more than " + DIGITS;
      throw unusable(path + " holds " + found + " characters");
    }
    return digits;
  }

  private static Failure unusable(String reason) {
    return Failure.usage(Setting.PAIR_KEY_FILE, reason, REMEDY);
  }

  /** Whether any user of this host can read the key. */
  public boolean isPublic() {
    try {
      return Files.getPosixFilePermissions(path).contains(PosixFilePermission.OTHERS_READ);
    } catch (IOException e) {
      return false; // it was read a moment ago
    }
  }
}
