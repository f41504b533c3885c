// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.RuleFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Rules, queries and times of a Prometheus whose clock runs faster: a minute takes some seconds, of
 * the agents' exports as well.
 */
record HastenedClock(int minuteMs) {
  private static final Pattern DURATION = Pattern.compile("\\b(\\d+)([smhd])\\b");
  private static final Map<String, Integer> SECONDS =
      Map.of("s", 1, "m", 60, "h", 3_600, "d", 86_400);

  String hasten(String text) {
    return DURATION
        .matcher(text)
        .replaceAll(
            found -> {
              long seconds = Long.parseLong(found.group(1)) * SECONDS.get(found.group(2));
              return seconds * minuteMs / 60 + "ms";
            });
  }

  /** Writes the rules of these folders anew; returns the shipped configuration with them. */
  String configuration(Path folder, Path... rules) throws IOException {
    List<String> files = new ArrayList<>();
    for (RuleFile file : RuleFile.with("groups", rules)) {
      String hastened = hasten(Files.readString(file.path()));
      files.add(Files.writeString(folder.resolve(file.path().getFileName()), hastened).toString());
    }
    String shipped = Files.readString(RuleFile.RULES.resolve("prometheus.yaml"));
    return shipped.replaceFirst("(?s)rule_files:.*", "rule_files: " + files + "\n");
  }
}
