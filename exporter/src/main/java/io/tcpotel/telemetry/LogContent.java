// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.Set;

/**
 * The content of log records.
 *
 * @param attributes those that records have, where they are known
 */
public record LogContent(Set<LogAttribute> attributes, LogIds ids) {
  public static final LogContent DEFAULT = new LogContent(LogAttribute.defaults(), LogIds.DEFAULT);

  public LogContent withIds(LogIds ids) {
    return new LogContent(attributes, ids);
  }
}
