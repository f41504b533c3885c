// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.AddressUse;
import java.util.Set;

/**
 * The content of log records.
 *
 * @param attributes those that records have, where they are known
 * @param body the form of their bodies
 * @param addresses how much they tell of addresses
 */
public record LogContent(
    Set<LogAttribute> attributes, LogBody.Form body, AddressUse addresses, LogIds ids) {
  public static final LogContent DEFAULT =
      new LogContent(LogAttribute.defaults(), LogBody.Form.TEXT, AddressUse.FULL, LogIds.DEFAULT);

  public LogContent withAttributes(Set<LogAttribute> attributes) {
    return new LogContent(attributes, body, addresses, ids);
  }

  public LogContent withBody(LogBody.Form body) {
    return new LogContent(attributes, body, addresses, ids);
  }

  public LogContent withIds(LogIds ids) {
    return new LogContent(attributes, body, addresses, ids);
  }
}
