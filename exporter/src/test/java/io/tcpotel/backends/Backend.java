// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

/** A backend that is asked, and the language in which it takes a question. */
enum Backend {
  VICTORIALOGS("VictoriaLogs", "LogsQL"),
  LOKI("Loki", "LogQL"),
  PROMETHEUS("Prometheus", "PromQL"),
  JAEGER("Jaeger", "its API"),
  TEMPO("Tempo", "TraceQL");

  private final String product;
  private final String language;

  Backend(String product, String language) {
    this.product = product;
    this.language = language;
  }

  String product() {
    return product;
  }

  String language() {
    return language;
  }
}
