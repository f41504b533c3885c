// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.ByteSize;
import io.tcpotel.Failure;
import io.tcpotel.otlp.RecordDelivery;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Option;

/** Limits of the delivery that OpenTelemetry's own configuration has no names for. */
public final class DeliveryOptions {
  private static final long SMALLEST_SPOOL_BYTES = 1 << 20;
  private static final long LARGEST_REQUEST_BYTES = 64 << 20;

  @Option(
      names = "--queue-bytes",
      paramLabel = "SIZE",
      defaultValue = "16MiB",
      converter = ByteSizeConverter.class,
      description =
          "Memory for log records that wait for the collector; when it is full, log records are"
              + " dropped and counted (default: ${DEFAULT-VALUE}).")
  private ByteSize queueBytes;

  @Option(
      names = "--request-bytes",
      paramLabel = "SIZE",
      defaultValue = "1MiB",
      converter = ByteSizeConverter.class,
      description =
          "Maximum size of a request before compression; collectors accept 4MiB by default"
              + " (default: ${DEFAULT-VALUE}).")
  private ByteSize requestBytes;

  @Option(
      names = "--retry-for",
      paramLabel = "DURATION",
      defaultValue = "1h",
      converter = DurationConverter.class,
      description =
          "How long a request is retried that the collector refuses; while the collector is"
              + " unreachable, only memory limits what waits (default: ${DEFAULT-VALUE}).")
  private Duration retryFor;

  @Option(
      names = "--spool",
      paramLabel = "DIR",
      description =
          "A directory for this process alone: log records that wait longer than a second are"
              + " stored there, also from one run to the next.")
  private Path spool;

  @Option(
      names = "--spool-bytes",
      paramLabel = "SIZE",
      defaultValue = "256MiB",
      converter = ByteSizeConverter.class,
      description =
          "Maximum size of its files; when it is reached, the oldest file is dropped and counted"
              + " (default: ${DEFAULT-VALUE}).")
  private ByteSize spoolBytes;

  RecordDelivery.Bounds bounds() {
    if (spool != null && spool.toString().isBlank()) {
      throw Failure.usage("--spool", "the name of the directory is empty", "give --spool DIR");
    }
    if (spoolBytes.bytes() < SMALLEST_SPOOL_BYTES) {
      throw Failure.usage("--spool-bytes", spoolBytes + " is too small", "give at least 1MiB");
    }
    if (requestBytes.bytes() > LARGEST_REQUEST_BYTES) {
      throw Failure.usage(
          "--request-bytes",
          requestBytes + " is larger than any collector accepts",
          "give 64MiB or less");
    }
    return new RecordDelivery.Bounds(
        queueBytes.bytes(), (int) requestBytes.bytes(), retryFor, spool, spoolBytes.bytes());
  }
}
