// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.backends.PanelQuery.Language;

/** Where logs and traces are; each has a folder of dashboards. */
enum DashboardStore {
  LOKI("loki", "loki", "tempo", Language.LOGQL) {
    @Override
    String attribute(String name) {
      return name.replace('.', '_');
    }

    @Override
    String logRecordsOf(String connectionId) {
      return "{service_name=~\".+\"} | tcpotel_connection_id=\"" + connectionId + "\"";
    }
  },
  VICTORIALOGS("victorialogs", "victoriametrics-logs-datasource", "jaeger", Language.LOGSQL) {
    @Override
    String attribute(String name) {
      return name;
    }

    @Override
    String logRecordsOf(String connectionId) {
      return "tcpotel.connection.id:=\"" + connectionId + "\"";
    }
  };

  final String folder;

  /** Type of the data source, as Grafana calls it. */
  final String logs;

  final String traces;
  final Language language;

  DashboardStore(String folder, String logs, String traces, Language language) {
    this.folder = folder;
    this.logs = logs;
    this.traces = traces;
    this.language = language;
  }

  /** As the store calls it. */
  abstract String attribute(String name);

  abstract String logRecordsOf(String connectionId);
}
