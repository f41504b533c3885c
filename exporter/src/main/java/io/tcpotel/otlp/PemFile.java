// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Failure;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * A file of certificates and keys.
 *
 * @param variable that names it
 */
record PemFile(String variable, String path) {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);

  /** Each certificate in DER; at least one. */
  List<byte[]> certificates() {
    List<byte[]> certificates = new ArrayList<>();
    for (MatchResult block : blocks()) {
      if (block.group(1).equals("CERTIFICATE")) {
        certificates.add(content(block));
      }
    }
    if (certificates.isEmpty()) {
      throw unusable("has no certificate in PEM");
    }
    return certificates;
  }

  /** The first key, in PKCS#8; the JDK reads no other form. */
  byte[] privateKey() {
    for (MatchResult block : blocks()) {
      String title = block.group(1);
      if (title.equals("PRIVATE KEY")) {
        return content(block);
      }
      if (title.endsWith("PRIVATE KEY")) {
        throw toConvert(form(title, block.group(2)));
      }
    }
    throw unusable("has no private key in PEM");
  }

  /** OpenSSL's older forms are named after the algorithm, and encrypt behind a header. */
  private static String form(String title, String content) {
    if (title.startsWith("ENCRYPTED") || content.contains("ENCRYPTED")) {
      return "an encrypted key";
    }
    return switch (title) {
      case "RSA PRIVATE KEY" -> "a key in PKCS#1";
      case "EC PRIVATE KEY" -> "a key in SEC 1";
      default -> "a key of another form";
    };
  }

  private Failure toConvert(String form) {
    return Failure.usage(
        variable,
        path + " has " + form + "; it must be in PKCS#8, not encrypted",
        "convert it: openssl pkey -in " + path + " -out NEW.pem");
  }

  Failure unusable(String reason) {
    return Failure.usage(variable, path + " " + reason, "name a readable PEM file");
  }

  private List<MatchResult> blocks() {
    try {
      String text = Files.readString(Path.of(path), StandardCharsets.ISO_8859_1);
      return BLOCK.matcher(text).results().toList();
    } catch (IOException | InvalidPathException e) {
      throw unusable("cannot be read: " + e);
    }
  }

  private byte[] content(MatchResult block) {
    try {
      return Base64.getMimeDecoder().decode(block.group(2));
    } catch (IllegalArgumentException e) {
      throw unusable("is damaged: " + e.getMessage());
    }
  }
}
