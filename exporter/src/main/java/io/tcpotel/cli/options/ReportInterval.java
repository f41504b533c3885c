// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.bpf.LiveReports;
import java.time.Duration;
import picocli.CommandLine.Option;

/** How often open connections are reported. */
public final class ReportInterval {
  @Option(
      names = "--report-interval",
      paramLabel = "DURATION",
      defaultValue = "30s",
      converter = DurationConverter.class,
      description =
          "How often open connections are reported, idle ones too: to the metrics and to a"
              + " recording, and to the logs with --log-events update; 0s for never (default:"
              + " ${DEFAULT-VALUE}).")
  private Duration interval;

  /**
   * @param unchanged whether to report connections without changes too
   */
  public LiveReports reports(boolean unchanged) {
    return interval.isZero() ? LiveReports.NONE : new LiveReports(interval.toNanos(), unchanged);
  }
}
