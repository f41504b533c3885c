// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.sdk.metrics.data.PointData;
import io.tcpotel.workload.Workload;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Points of a collection, by workload and instrument. */
final class WorkloadPoints {
  private final Map<Workload, Map<Instrument, List<PointData>>> points = new LinkedHashMap<>();

  /** Takes the points that there are of one instrument. */
  interface Visitor {
    void take(Workload workload, Instrument instrument, List<PointData> points);
  }

  void add(Instrument instrument, Workload workload, PointData point) {
    points
        .computeIfAbsent(workload, unknown -> new EnumMap<>(Instrument.class))
        .computeIfAbsent(instrument, unknown -> new ArrayList<>())
        .add(point);
  }

  /** One workload after the other. */
  void forEach(Visitor visitor) {
    points.forEach(
        (workload, instruments) ->
            instruments.forEach((instrument, shown) -> visitor.take(workload, instrument, shown)));
  }
}
