// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** docs/runbooks.md: a section for each alert. */
public final class Runbooks {
  private static final Path PAGE = Path.of("../docs/runbooks.md");
  private static final Pattern QUERIES = Pattern.compile("```promql\n(.*?)\n```", Pattern.DOTALL);

  private Runbooks() {}

  public static String text() {
    try {
      return Files.readString(PAGE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The queries of each section, by its heading. */
  public static Map<String, List<String>> queries() {
    Map<String, List<String>> queries = new LinkedHashMap<>();
    for (String section : text().split("\n## ")) {
      String heading = section.lines().findFirst().orElseThrow();
      List<String> found = new ArrayList<>();
      QUERIES
          .matcher(section)
          .results()
          .forEach(block -> found.addAll(List.of(block.group(1).split("\n\n"))));
      queries.put(heading, found);
    }
    queries.remove("# Runbooks");
    return queries;
  }
}
