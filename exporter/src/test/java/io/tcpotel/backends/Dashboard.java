// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.List;
import java.util.stream.Stream;

/**
 * A dashboard as a table.
 *
 * @param file without its ending
 */
record Dashboard(
    String file,
    String title,
    String description,
    List<DashboardVariable> variables,
    List<Row> rows) {
  record Row(String title, List<Panel> panels) {
    static Row of(String title, Panel... panels) {
      return new Row(title, List.of(panels));
    }
  }

  static final List<Dashboard> ALL =
      List.of(
          FleetDashboard.TABLE, WorkloadDashboard.TABLE, PairDashboard.TABLE, AgentDashboard.TABLE);

  Stream<Panel> panels() {
    return rows.stream().flatMap(row -> row.panels().stream());
  }
}
