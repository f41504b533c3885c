// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.ForeignText;
import io.tcpotel.bpf.AddressPrefix;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The content of a names file. Each line has a prefix or an address, a name, and if there is one
 * the namespace of the name; {@code #} at the beginning of a word begins a comment.
 *
 * <pre>
 * 10.20.0.0/16     payments   prod
 * 192.0.2.17       printer
 * 2001:db8:7::/48  payments   prod
 * </pre>
 *
 * @param lines the first one of each prefix
 * @param ambiguous prefixes to which a line gives another name; by its number
 */
record NamesFile(Map<AddressPrefix, Line> lines, Map<Integer, AddressPrefix> ambiguous) {
  /** Some 100,000 lines. */
  static final int MAX_BYTES = 4 << 20;

  private static final char BYTE_ORDER_MARK = '\ufeff';
  private static final Pattern COMMENT = Pattern.compile("(?:^|\\s)#.*");
  private static final Pattern BLANKS = Pattern.compile("\\s+");

  /**
   * The name that a line gives.
   *
   * @param namespace empty if there is none
   */
  record Line(int number, String name, String namespace) {
    boolean isSameName(Line other) {
      return name.equals(other.name) && namespace.equals(other.namespace);
    }
  }

  /** The file cannot be used; the message names it and says why. */
  static final class Unusable extends Exception {
    private static final long serialVersionUID = 1;

    Unusable(String reason) {
      super(reason);
    }
  }

  static NamesFile read(Path path) throws IOException, Unusable {
    byte[] content;
    try (InputStream in = Files.newInputStream(path)) {
      content = in.readNBytes(MAX_BYTES + 1);
    }
    return parse(content, path.toString());
  }

  /**
   * @param title of the file, for messages
   */
  static NamesFile parse(byte[] content, String title) throws Unusable {
    if (content.length > MAX_BYTES) {
      throw new Unusable(title + " is larger than " + (MAX_BYTES >> 20) + " MiB");
    }
    try {
      return parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString());
    } catch (CharacterCodingException e) {
      throw new Unusable(title + " is not in UTF-8");
    } catch (IllegalArgumentException e) {
      throw new Unusable(title + ", " + ForeignText.of(e.getMessage()));
    }
  }

  /** Throws IllegalArgumentException with the first line that is none. */
  private static NamesFile parse(String text) {
    Map<AddressPrefix, Line> lines = new HashMap<>();
    Map<Integer, AddressPrefix> ambiguous = new TreeMap<>();
    String whole = text.indexOf(BYTE_ORDER_MARK) == 0 ? text.substring(1) : text;
    int number = 0;
    for (String each : whole.split("\n")) {
      number++;
      String content = COMMENT.matcher(each).replaceFirst("").strip();
      if (!content.isEmpty()) {
        String[] words = BLANKS.split(content);
        AddressPrefix prefix = prefix(number, words[0]);
        Line line = line(number, words);
        Line before = lines.putIfAbsent(prefix, line);
        if (before != null && !before.isSameName(line)) {
          ambiguous.put(number, prefix);
        }
      }
    }
    return new NamesFile(lines, ambiguous);
  }

  private static AddressPrefix prefix(int number, String text) {
    try {
      return AddressPrefix.parse(text);
    } catch (IllegalArgumentException e) {
      throw wrong(number, e.getMessage());
    }
  }

  private static Line line(int number, String[] words) {
    if (words.length < 2 || words.length > 3) {
      throw wrong(number, "not a prefix, a name and perhaps a namespace");
    }
    for (String word : words) {
      if (word.getBytes(StandardCharsets.UTF_8).length > PeerName.MAX_BYTES) {
        throw wrong(number, "a name is longer than " + PeerName.MAX_BYTES + " bytes");
      }
    }
    return new Line(number, words[1], words.length < 3 ? "" : words[2]);
  }

  private static IllegalArgumentException wrong(int number, String reason) {
    return new IllegalArgumentException("line " + number + ": " + reason);
  }
}
