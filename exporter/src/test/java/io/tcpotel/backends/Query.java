// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.List;
import java.util.Map;

/**
 * A question in the language of one backend.
 *
 * @param text with {@code $name} for what the operator has at hand; if it begins with {@code /}, a
 *     path of the backend's HTTP API, not yet encoded
 * @param columns the fields of the answer that are a row of the expected one, in its order
 */
record Query(Backend backend, String text, List<String> columns) {
  static Query of(Backend backend, String text, String... columns) {
    return new Query(backend, text.strip(), List.of(columns));
  }

  /** The text with values for its names. */
  String with(Map<String, String> given) {
    String filled = text;
    for (Map.Entry<String, String> each : given.entrySet()) {
      filled = filled.replace("$" + each.getKey(), each.getValue());
    }
    return filled;
  }
}
