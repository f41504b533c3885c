// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import java.nio.file.Path;

/** Where spans are spooled: in a directory in the one of the log records. */
public final class SpanSpool {
  static final String NAME = "spans";

  private SpanSpool() {}

  public static Path in(Path spool) {
    return spool.resolve(NAME);
  }
}
