// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The demo's page in parts, and masked for comparison: numbers are N, bars are =, each form of a
 * line stands once.
 */
final class DemoText {
  private static final Pattern ESCAPE = Pattern.compile("\u001b\\[\\d+m");
  private static final Pattern NUMBER =
      Pattern.compile("(?<![\\w.])\\d+(\\.\\d+)*(us|ms|s|m|h|d|B|k|M|G)?(?!\\w)");

  /** A short exchange has one or none, as the machine's speed is. */
  private static final Pattern LIMIT =
      Pattern.compile("(?<=N) (<dim>)?(application|network|receiver|send_buffer)(</>)?$");

  private static final Pattern TRACES = Pattern.compile("^Traces: (\\d+), (\\d+) with both ends");

  private static final String BAR = "( [▏▎▍▌▋▊▉█]+ | #+ )";

  private final List<String> lines;
  private final int header;
  private final int account;

  DemoText(List<String> lines) {
    this.lines = lines;
    this.header = indexOf("LOCAL, PEER", 0);
    this.account = indexOf("Counters", header) - 1;
  }

  private int indexOf(String text, int from) {
    for (int i = from; i < lines.size(); i++) {
      if (lines.get(i).contains(text)) {
        return i;
      }
    }
    throw new AssertionError("no line with " + text + " in:\n" + String.join("\n", lines));
  }

  /** The lines without colour. */
  List<String> plain() {
    return lines.stream().map(line -> ESCAPE.matcher(line).replaceAll("")).toList();
  }

  /** The connections' lines without colour. */
  List<String> connections() {
    return plain().subList(header + 1, account);
  }

  /** The port that accepts late, as the page says it. */
  String latePort() {
    Pattern port = Pattern.compile("port (\\d+) accepts late:");
    return plain().stream()
        .map(port::matcher)
        .filter(Matcher::find)
        .map(found -> found.group(1))
        .findFirst()
        .orElseThrow();
  }

  /** The equations. */
  List<String> sums() {
    List<String> plain = plain();
    return plain.subList(plain.indexOf("Sums") + 1, plain.indexOf("Next") - 1);
  }

  /** Nearly each connection is one: both of its ends are watched. */
  void requireTracesOfBothEnds() {
    List<Matcher> found = plain().stream().map(TRACES::matcher).filter(Matcher::find).toList();
    assertThat(found).hasSize(1);
    int all = Integer.parseInt(found.get(0).group(1));
    assertThat(Integer.parseInt(found.get(0).group(2))).isBetween(all / 2, all - 1);
  }

  String masked() {
    List<String> masked = new ArrayList<>(map(lines.subList(0, header + 1)));
    masked.addAll(new TreeSet<>(map(lines.subList(header + 1, account))));
    for (String line : map(lines.subList(account, lines.size()))) {
      boolean again = line.equals(masked.get(masked.size() - 1));
      boolean emptyBucket = line.matches("(≤|<=) N N");
      if (!again && !emptyBucket) {
        masked.add(line);
      }
    }
    return String.join("\n", masked) + "\n";
  }

  private static List<String> map(List<String> lines) {
    UnaryOperator<String> colours =
        line ->
            line.replace("\u001b[0m", "</>")
                .replace("\u001b[1m", "<bold>")
                .replace("\u001b[2m", "<dim>")
                .replace("\u001b[31m", "<red>");
    return lines.stream()
        .map(colours)
        .map(line -> line.replaceFirst(BAR, " = "))
        .map(line -> NUMBER.matcher(line).replaceAll("N"))
        .map(line -> line.strip().replaceAll(" +", " "))
        .map(line -> LIMIT.matcher(line).replaceFirst(""))
        .toList();
  }

  /** Adds up what the line says, and does not trust its sign. */
  static boolean closes(String line) {
    String[] sides = line.split(" = ");
    return sides.length == 2 && sum(sides[0]) > 0 && sum(sides[0]) == sum(sides[1]);
  }

  private static long sum(String side) {
    return Pattern.compile("\\d+")
        .matcher(side)
        .results()
        .mapToLong(number -> Long.parseLong(number.group()))
        .sum();
  }

  /** What it should print stands in resources, and what it did, in the build's folder. */
  static void requireGolden(String name, String actual) throws IOException {
    Path written = Files.createDirectories(Path.of("target", "demo")).resolve(name + ".txt");
    Files.writeString(written, actual);
    try (InputStream in = DemoText.class.getResourceAsStream("demo-" + name + ".txt")) {
      assertThat(in).as("the golden output of %s; actual: %s", name, written).isNotNull();
      String expected = new String(in.readAllBytes(), StandardCharsets.UTF_8);
      assertThat(actual).as("in %s", written.toAbsolutePath()).isEqualTo(expected);
    }
  }
}
