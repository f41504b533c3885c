// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

/**
 * What a receiver has taken in. Requests are those answered OK, with their decompressed bytes;
 * malformed ones are counted apart and nowhere else.
 */
public record Totals(
    long requests, long bytes, long logRecords, long dataPoints, long spans, long malformed) {
  /** As people read it. */
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
