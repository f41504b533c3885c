// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Text that came from outside (a server, a file, the environment, a command's name), made fit to be
 * shown: it breaks no line, commands no terminal and tells no secret. From any thread.
 */
public final class ForeignText {
  private static final String MASK = "***";
  private static final int SHOWN_CHARS = 300;

  /** More than is shown, since a mask shortens; a bound, since a server may send megabytes. */
  private static final int READ_CHARS = 2000;

  /** Shorter words are no secrets, and occur everywhere: "1", "prod". */
  private static final int SHORTEST_SECRET = 6;

  /** The scheme of a URL, if there is one, and what stands before its host: up to the last @. */
  private static final Pattern USER_INFO =
      Pattern.compile("(?<scheme>[\\w+.-]*://)\\S*@|[^\\s:'\"]+:\\S*@");

  private static final Pattern CREDENTIALS =
      Pattern.compile("\\b(?<scheme>bearer|basic)\\s+[^\\s'\"]+", Pattern.CASE_INSENSITIVE);

  /** Of the whole process: wherever a text comes from, it may cite any of them. */
  private static final Set<String> SECRETS = ConcurrentHashMap.newKeySet();

  private ForeignText() {}

  /** From now on, neither {@code value} nor a longer word of it is shown in a message. */
  public static void keepSecret(String value) {
    addSecret(value.strip());
    for (String word : value.split("\\s+")) {
      addSecret(word);
    }
  }

  private static void addSecret(String text) {
    if (text.length() >= SHORTEST_SECRET) {
      SECRETS.add(text);
    }
  }

  /** {@code text} as a part of a message: on one line, without secrets, and not too long. */
  public static String of(String text) {
    boolean whole = text.length() <= READ_CHARS;
    String shown = escaped(masked(whole ? text : wholeWords(cut(text, READ_CHARS))));
    return whole && shown.length() <= SHOWN_CHARS ? shown : cut(shown, SHOWN_CHARS) + "...";
  }

  /** A whole message, whose line breaks are its own; its foreign parts went through {@link #of}. */
  public static String message(String text) {
    return text.lines().map(line -> escaped(masked(line))).collect(Collectors.joining("\n"));
  }

  /** The whole {@code text} on one line, for data whose reader is meant to see all of it. */
  public static String escaped(String text) {
    if (text.codePoints().noneMatch(ForeignText::commands)) {
      return text;
    }
    StringBuilder escaped = new StringBuilder();
    text.codePoints().forEach(point -> append(escaped, point));
    return escaped.toString();
  }

  private static void append(StringBuilder escaped, int point) {
    if (point == '\n') {
      escaped.append("\\n");
    } else if (commands(point)) {
      for (char unit : Character.toChars(point)) {
        escaped.append(String.format("\\u%04x", (int) unit));
      }
    } else {
      escaped.appendCodePoint(point);
    }
  }

  /** Whether a terminal acts on it; some characters of format turn the direction of a line. */
  private static boolean commands(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE ->
          true;
      default -> false;
    };
  }

  private static String masked(String text) {
    String masked = text;
    for (String secret :
        SECRETS.stream().sorted(Comparator.comparing(String::length).reversed()).toList()) {
      masked = masked.replace(secret, MASK);
    }
    masked = CREDENTIALS.matcher(masked).replaceAll("${scheme} " + MASK);
    return masked.indexOf('@') < 0
        ? masked
        : USER_INFO.matcher(masked).replaceAll("${scheme}" + MASK + "@");
  }

  /** The last word may be the beginning of a secret. */
  private static String wholeWords(String text) {
    int end = text.lastIndexOf(' ');
    return end < 0 ? text : text.substring(0, end);
  }

  /** The first {@code chars} of {@code text}, or one less so as not to halve a character. */
  private static String cut(String text, int chars) {
    if (text.length() <= chars) {
      return text;
    }
    return text.substring(0, Character.isHighSurrogate(text.charAt(chars - 1)) ? chars - 1 : chars);
  }
}
