// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import java.time.Duration;
import picocli.CommandLine.Option;

/** The option of every command that runs until it is stopped. */
public final class TimeLimit {
  @Option(
      names = "--for",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = "Stop after this time: 500ms, 30s, 5m, 2h.")
  private Duration duration;

  /** Null means no limit. */
  public Duration duration() {
    return duration;
  }

  public Duration orElse(Duration otherwise) {
    return duration == null ? otherwise : duration;
  }
}
