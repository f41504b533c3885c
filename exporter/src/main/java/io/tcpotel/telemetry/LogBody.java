// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;

/** The text in the body of a log record; it stands until the next is written. */
public interface LogBody {
  /** Its form. */
  enum Form {
    /** A line for people. */
    TEXT,
    /** The line of Kmesh's access log. */
    KMESH,
    /** No body at all. */
    NONE;

    /** Null for {@link #NONE}. */
    LogBody newBody() {
      return switch (this) {
        case TEXT -> new BodyText();
        case KMESH -> new KmeshText();
        case NONE -> null;
      };
    }
  }

  /** More than any takes. */
  int MAX_BYTES = Math.max(BodyText.MAX_BYTES, KmeshText.MAX_BYTES);

  /**
   * @param error null if it ended well, or has not ended
   * @param limit the largest; null if there is none
   * @param timeNs wall clock of the event, ns since 1970
   */
  void write(
      ConnectionRecord connection,
      LogEvent event,
      ConnectionRole role,
      ErrorType error,
      LimitedBy limit,
      long timeNs);

  byte[] bytes();

  int length();
}
