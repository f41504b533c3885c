// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The program promtool, which is beside Prometheus. */
public final class Promtool {
  private Promtool() {}

  /** Returns what it printed; fails with that if it found an error. */
  public static String run(String... words) {
    Path prometheus = Path.of(System.getenv(PrometheusRequirement.PROGRAM));
    String name = prometheus.getFileName().toString().replaceFirst("^prometheus", "promtool");
    List<String> line = new ArrayList<>(List.of(prometheus.resolveSibling(name).toString()));
    line.addAll(List.of(words));
    return TestCommand.run(line);
  }
}
