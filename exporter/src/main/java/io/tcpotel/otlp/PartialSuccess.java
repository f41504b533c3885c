// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Messages;

/** What is said of a request that was accepted, but not all of it. */
final class PartialSuccess {
  private PartialSuccess() {}

  /** Many servers put an empty partial success into every answer: that says nothing. */
  static void say(Messages messages, String items, long rejected, String words) {
    if (rejected > 0 || !words.isEmpty()) {
      messages.sayOnceAMinute(
          "rejected " + items, "collector rejected " + rejected + " " + items + ": " + words);
    }
  }

  static void sayUnreadable(Messages messages) {
    messages.sayOnceAMinute("bad response", "collector answered OK with an unreadable message");
  }
}
