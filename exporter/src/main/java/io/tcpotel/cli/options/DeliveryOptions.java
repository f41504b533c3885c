// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.ByteSize;
import io.tcpotel.Failure;
import io.tcpotel.otlp.LogDelivery;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What bounds the way to the collector, and has no name in OpenTelemetry's own configuration. */
public final class DeliveryOptions {
  private static final long SMALLEST_SPOOL_BYTES = 1 << 20;
  private static final long LARGEST_REQUEST_BYTES = 64 << 20;

  /** 200 records: at 20,000 a second one request in 10 ms. */
  public static final int FIRST_REQUEST_BYTES = 128 << 10;

  @Option(
      names = "--queue-bytes",
      paramLabel = "SIZE",
      defaultValue = "16MiB",
      converter = ByteSizeConverter.class,
      description =
          "Memory for log records that wait for the collector; what does not fit is dropped and"
              + " counted (default: ${DEFAULT-VALUE}).")
  private ByteSize queueBytes;

  @Option(
      names = "--request-bytes",
      paramLabel = "SIZE",
      defaultValue = "1MiB",
      converter = ByteSizeConverter.class,
      description =
          "No request is larger, before compression; collectors take 4MiB unless told otherwise"
              + " (default: ${DEFAULT-VALUE}).")
  private ByteSize requestBytes;

  @Option(
      names = "--retry-for",
      paramLabel = "DURATION",
      defaultValue = "1h",
      converter = DurationConverter.class,
      description =
          "How long a request is tried that the collector answers, but not with OK; while it is"
              + " away, what waits is bounded by memory alone (default: ${DEFAULT-VALUE}).")
  private Duration retryFor;

  @Option(
      names = "--spool",
      paramLabel = "DIR",
      description =
          "A directory of this process alone: log records that have waited for a second are kept"
              + " there, also from one run to the next.")
  private Path spool;

  @Option(
      names = "--spool-bytes",
      paramLabel = "SIZE",
      defaultValue = "256MiB",
      converter = ByteSizeConverter.class,
      description =
          "Size of the files in it; the oldest is dropped and counted when they are full (default:"
              + " ${DEFAULT-VALUE}).")
  private ByteSize spoolBytes;

  LogDelivery.Bounds bounds() {
    if (spoolBytes.bytes() < SMALLEST_SPOOL_BYTES) {
      throw Failure.usage("--spool-bytes", spoolBytes + " is too small", "give at least 1MiB");
    }
    if (requestBytes.bytes() > LARGEST_REQUEST_BYTES) {
      throw Failure.usage(
          "--request-bytes",
          requestBytes + " is more than any collector takes",
          "give 64MiB or less");
    }
    return new LogDelivery.Bounds(
        queueBytes.bytes(),
        (int) requestBytes.bytes(),
        FIRST_REQUEST_BYTES,
        retryFor,
        spool,
        spoolBytes.bytes());
  }
}
