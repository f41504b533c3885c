// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.Locale;

/** The signals of OpenTelemetry that this program knows. */
public enum Signal {
  LOGS,
  METRICS,
  TRACES;

  private final String value = name().toLowerCase(Locale.ROOT);

  /** The signal's name in OpenTelemetry's configuration: {@code logs}. */
  public String value() {
    return value;
  }
}
