// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import java.util.EnumSet;
import java.util.Set;

/** The events that log records tell. */
public enum LogEvent {
  END(
      "tcpotel.connection.end",
      9,
      EnumSet.of(RecordKind.CLOSE, RecordKind.FAILED, RecordKind.UNOBSERVED),
      "A connection ended or a connect failed; one for each, with its totals. Also a connection that"
          + " cannot be observed, when it begins: error.type is unobserved."),
  UPDATE(
      "tcpotel.connection.update",
      5,
      EnumSet.of(RecordKind.UPDATE),
      "An open connection is reported with its totals so far, once per report interval."),
  START(
      "tcpotel.connection.start", 5, EnumSet.of(RecordKind.OPEN), "A connection was established.");

  private final String key;
  private final int severityNumber;
  private final Set<RecordKind> kinds;
  private final String description;

  LogEvent(String key, int severityNumber, Set<RecordKind> kinds, String description) {
    this.key = key;
    this.severityNumber = severityNumber;
    this.kinds = kinds;
    this.description = description;
  }

  /** The event of a record of one of their kinds. */
  static LogEvent of(ConnectionRecord connection) {
    return switch (connection.kind()) {
      case OPEN -> START;
      case UPDATE -> UPDATE;
      case CLOSE, FAILED, ADOPTED, UNOBSERVED, LISTENER -> END;
    };
  }

  /** {@code LogRecord.event_name}. */
  public String key() {
    return key;
  }

  /** {@code LogRecord.severity_number} of one that is no error. */
  public int severityNumber() {
    return severityNumber;
  }

  /** The kinds of records that report it. */
  public Set<RecordKind> kinds() {
    return kinds;
  }

  public String description() {
    return description;
  }
}
