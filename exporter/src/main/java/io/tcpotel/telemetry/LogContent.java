// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import java.util.Set;

/**
 * The content of log records.
 *
 * @param attributes those that records have, where they are known
 * @param body the form of their bodies
 */
public record LogContent(Set<LogAttribute> attributes, LogBody.Form body, LogIds ids) {
  public static final LogContent DEFAULT =
      new LogContent(LogAttribute.defaults(), LogBody.Form.TEXT, LogIds.DEFAULT);

  public LogContent withAttributes(Set<LogAttribute> attributes) {
    return new LogContent(attributes, body, ids);
  }

  public LogContent withBody(LogBody.Form body) {
    return new LogContent(attributes, body, ids);
  }

  public LogContent withIds(LogIds ids) {
    return new LogContent(attributes, body, ids);
  }
}
