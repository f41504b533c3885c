// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import io.tcpotel.telemetry.Signal;

/**
 * The counts of a receiver. Requests are those answered OK, bytes are decompressed; a malformed
 * request counts only as malformed.
 */
public record Totals(
    long requests, long bytes, long logRecords, long dataPoints, long spans, long malformed) {
  static final Totals NONE = new Totals(0, 0, 0, 0, 0, 0);

  /** With one more request that was answered OK. */
  Totals plus(Signal signal, long records, long bodyBytes) {
    return new Totals(
        requests + 1,
        bytes + bodyBytes,
        logRecords + (signal == Signal.LOGS ? records : 0),
        dataPoints + (signal == Signal.METRICS ? records : 0),
        spans + (signal == Signal.TRACES ? records : 0),
        malformed);
  }

  Totals plusMalformed() {
    return new Totals(requests, bytes, logRecords, dataPoints, spans, malformed + 1);
  }

  /** For people. */
  public String sentence() {
    String accepted =
        "%d log records, %d data points, %d spans in %d requests, %d bytes"
            .formatted(logRecords, dataPoints, spans, requests, bytes);
    return malformed == 0 ? accepted : accepted + ", " + malformed + " malformed";
  }
}
