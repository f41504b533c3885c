// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Map;

/** The tables in docs/delivery.md. */
final class DeliveryTable {
  private DeliveryTable() {}

  /** The rows of the section whose title begins so, by their first column. */
  static Map<String, String> rows(String title) throws IOException {
    Map<String, String> rows = new LinkedHashMap<>();
    boolean isInSection = false;
    for (String line : Files.readAllLines(DeliveryReferenceTest.PAGE)) {
      isInSection = line.startsWith("#") ? line.startsWith("## " + title) : isInSection;
      if (isInSection && line.startsWith("| ") && !line.startsWith("| what happens ")) {
        rows.put(line.substring(2, line.indexOf(" | ")), line);
      }
    }
    return rows;
  }
}
