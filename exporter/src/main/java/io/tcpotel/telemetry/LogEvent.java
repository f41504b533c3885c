// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ConnectionRecord;

/** The events that log records tell. */
public enum LogEvent {
  END(
      "tcpotel.connection.end",
      9,
      1 << ProbeAbi.TCP_PROBE_CLOSE() | 1 << ProbeAbi.TCP_PROBE_FAILED(),
      "The end of a connection, or a connect that failed; one for each, with its totals."),
  UPDATE(
      "tcpotel.connection.update",
      5,
      1 << ProbeAbi.TCP_PROBE_UPDATE(),
      "The totals so far of an open connection, once per report interval."),
  START(
      "tcpotel.connection.start",
      5,
      1 << ProbeAbi.TCP_PROBE_OPEN(),
      "A connection was established.");

  private final String key;
  private final int severityNumber;
  private final int kinds;
  private final String description;

  LogEvent(String key, int severityNumber, int kinds, String description) {
    this.key = key;
    this.severityNumber = severityNumber;
    this.kinds = kinds;
    this.description = description;
  }

  /** The event of a record of one of their kinds. */
  static LogEvent of(ConnectionRecord connection) {
    int kind = connection.kind();
    if (kind == ProbeAbi.TCP_PROBE_OPEN()) {
      return START;
    }
    return kind == ProbeAbi.TCP_PROBE_UPDATE() ? UPDATE : END;
  }

  /** {@code LogRecord.event_name}. */
  public String key() {
    return key;
  }

  /** {@code LogRecord.severity_number} of one that is no error. */
  public int severityNumber() {
    return severityNumber;
  }

  /** Bit {@code 1 << kind} for each kind of record that tells it. */
  public int kinds() {
    return kinds;
  }

  public String description() {
    return description;
  }
}
