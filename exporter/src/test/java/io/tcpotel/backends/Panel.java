// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.Arrays;
import java.util.List;

/**
 * A panel of a dashboard.
 *
 * @param unit as Grafana calls it; empty where each column has its own
 * @param queries those of LogQL and LogsQL ask the same
 */
record Panel(Kind kind, String title, String unit, String description, List<PanelQuery> queries) {
  enum Kind {
    STAT("stat", 4, 4),
    SERIES("timeseries", 8, 8),
    TABLE("table", 24, 9),
    LINES("logs", 24, 10);

    final String type;
    final int width;
    final int height;

    Kind(String type, int width, int height) {
      this.type = type;
      this.width = width;
      this.height = height;
    }
  }

  static Panel stat(String title, String unit, String description, PanelQuery... queries) {
    return new Panel(Kind.STAT, title, unit, description, List.of(queries));
  }

  static Panel series(String title, String unit, String description, PanelQuery... queries) {
    return new Panel(Kind.SERIES, title, unit, description, List.of(queries));
  }

  static Panel table(String title, String description, PanelQuery... queries) {
    return new Panel(Kind.TABLE, title, "", description, List.of(queries));
  }

  static Panel lines(String title, String description, PanelQuery... queries) {
    return new Panel(Kind.LINES, title, "", description, List.of(queries));
  }

  /** The median and the 99th percentile of a histogram, with the exemplars of the latter. */
  static Panel quantiles(String title, String histogram, String matchers, String description) {
    String bucket = "{\"" + histogram + "_bucket\"" + matchers + "}";
    return series(
        title, "s", description, quantile(0.5, bucket, "p50"), quantile(0.99, bucket, "p99"));
  }

  private static PanelQuery quantile(double of, String bucket, String legend) {
    return PanelQuery.promql(
        "histogram_quantile(" + of + ", sum by (le) (rate(" + bucket + "[$__rate_interval])))",
        legend);
  }

  boolean has(PanelQuery.Language... any) {
    return queries.stream().anyMatch(each -> Arrays.asList(any).contains(each.language()));
  }
}
