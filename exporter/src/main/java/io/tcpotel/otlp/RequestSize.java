// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import java.util.regex.Pattern;

/**
 * Recognizes that a server found a request too large. OTLP has no code for that: gRPC's own limits
 * answer RESOURCE_EXHAUSTED (Go, Java, C++) or OUT_OF_RANGE (Rust), which is in the table of
 * retryable codes although another try ends the same way.
 */
final class RequestSize {
  /**
   * The default of gRPC's servers in every language, and so the Collector's; after decompression.
   */
  private static final int USUAL_LIMIT_BYTES = 4 << 20;

  private static final Pattern WORDS =
      Pattern.compile(
          "larger than max|exceeds maximum|too large|too big|size limit", Pattern.CASE_INSENSITIVE);

  private RequestSize() {}

  /**
   * Whether a request of {@code bytes} should be split.
   *
   * @param retryInfoMs a server that asks for a later attempt does not mean the size
   */
  static boolean isTooLarge(Status status, int bytes, long retryInfoMs) {
    if (retryInfoMs != RetrySchedule.NEVER) {
      return false;
    }
    String words = status.getDescription() == null ? "" : status.getDescription();
    return switch (status.getCode()) {
      case OUT_OF_RANGE -> true;
      case RESOURCE_EXHAUSTED -> bytes > USUAL_LIMIT_BYTES || WORDS.matcher(words).find();
      default -> false;
    };
  }
}
