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
        logRecords
            + " log records, "
            + dataPoints
            + " data points, "
            + spans
            + " spans in "
            + requests
            + " requests, "
            + bytes
            + " bytes";
    return malformed == 0 ? accepted : accepted + ", " + malformed + " malformed";
  }
}
