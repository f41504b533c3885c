// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names of what tests leave in the system for a while. They hold the pid, so that a later run can
 * tell what is left of a dead one.
 */
final class TestName {
  private static final Pattern FORM = Pattern.compile("tcpotel-test-(\\d+)-\\d+");
  private static final AtomicInteger NEXT = new AtomicInteger();

  private TestName() {}

  static String next() {
    return "tcpotel-test-" + ProcessHandle.current().pid() + "-" + NEXT.incrementAndGet();
  }

  static boolean isStale(String name) {
    Matcher matcher = FORM.matcher(name);
    return matcher.matches() && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty();
  }
}
