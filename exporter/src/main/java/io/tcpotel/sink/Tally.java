// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import io.tcpotel.telemetry.Signal;
import java.util.concurrent.atomic.LongAdder;

/** Counts the totals. Thread-safe. */
final class Tally {
  private final LongAdder requests = new LongAdder();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder logRecords = new LongAdder();
  private final LongAdder dataPoints = new LongAdder();
  private final LongAdder spans = new LongAdder();
  private final LongAdder malformed = new LongAdder();

  void onAccepted(Signal signal, long records, int bodyBytes) {
    LongAdder counter =
        switch (signal) {
          case LOGS -> logRecords;
          case METRICS -> dataPoints;
          case TRACES -> spans;
        };
    counter.add(records);
    bytes.add(bodyBytes);
    requests.increment();
  }

  void onMalformed() {
    malformed.increment();
  }

  Totals totals() {
    return new Totals(
        requests.sum(),
        bytes.sum(),
        logRecords.sum(),
        dataPoints.sum(),
        spans.sum(),
        malformed.sum());
  }
}
