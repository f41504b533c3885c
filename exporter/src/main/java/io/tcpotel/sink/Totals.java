// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

/**
 * The counts of a receiver. Requests are those answered OK, bytes are decompressed; a malformed
 * request counts only as malformed.
 */
public record Totals(
    long requests, long bytes, long logRecords, long dataPoints, long spans, long malformed) {
  /** For people. */
  public String sentence() {
    String accepted =
        "%d log records, %d data points, %d spans in %d requests, %d bytes"
            .formatted(logRecords, dataPoints, spans, requests, bytes);
    return malformed == 0 ? accepted : accepted + ", " + malformed + " malformed";
  }
}
