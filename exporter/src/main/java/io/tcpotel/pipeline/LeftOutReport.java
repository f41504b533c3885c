// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.ObservableLongMeasurement;
import io.tcpotel.Messages;
import io.tcpotel.telemetry.MetricAttribute;
import io.tcpotel.telemetry.SelfInstrument;
import io.tcpotel.telemetry.SelfMetrics;
import io.tcpotel.thinning.LeftOut;
import io.tcpotel.thinning.ThinningCounts;

/** Tells what thinning leaves out: as a metric, and as a message where a condition is not kept. */
final class LeftOutReport {
  private static final AttributeKey<String> REASON = MetricAttribute.REASON.key();

  private final ThinningCounts counts;
  private final Messages messages;
  private long reported;

  LeftOutReport(ThinningCounts counts, Messages messages) {
    this.counts = counts;
    this.messages = messages;
  }

  void observe(SelfMetrics self) {
    self.observe(SelfInstrument.LOG_LEFT_OUT, this::record);
  }

  private void record(ObservableLongMeasurement to) {
    for (LeftOut reason : LeftOut.values()) {
      to.record(counts.of(reason), Attributes.of(REASON, reason.value()));
    }
  }

  void afterDrain() {
    long leftOut = counts.of(LeftOut.KEPT_ABOVE_RATE);
    if (leftOut > reported) {
      reported = leftOut;
      messages.sayOnceAMinute(
          "kept above rate",
          "more log records meet a condition for being kept than the rate allows: the others are"
              + " left out and counted");
    }
  }
}
