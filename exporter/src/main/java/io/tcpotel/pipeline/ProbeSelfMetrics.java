// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.opentelemetry.api.common.Attributes;
import io.tcpotel.bpf.ProgramRuns;
import io.tcpotel.telemetry.MetricAttribute;
import io.tcpotel.telemetry.SelfInstrument;
import io.tcpotel.telemetry.SelfMetrics;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Metrics about the kernel programs: how long they run, whether they have something to watch, and
 * when they last gave a record.
 *
 * @param runs of the programs
 * @param isScopeThere whether the watched cgroup's directory exists
 * @param pulse of the reader
 */
record ProbeSelfMetrics(
    Supplier<List<ProgramRuns>> runs, BooleanSupplier isScopeThere, ReaderPulse pulse) {
  void observe(SelfMetrics self) {
    self.observe(
        SelfInstrument.PROGRAM_RUNS,
        to -> runs.get().forEach(each -> to.record(each.count(), name(each))));
    self.observeFraction(
        SelfInstrument.PROGRAM_RUN_TIME,
        to -> runs.get().forEach(each -> to.record(each.timeNs() / 1e9, name(each))));
    self.observe(
        SelfInstrument.SCOPE_PRESENT, to -> to.record(isScopeThere.getAsBoolean() ? 1 : 0));
    self.observeFraction(
        SelfInstrument.RECORD_AGE, to -> to.record(pulse.sinceRecord().toNanos() / 1e9));
  }

  private static Attributes name(ProgramRuns program) {
    return Attributes.of(MetricAttribute.PROGRAM_NAME.key(), program.name());
  }
}
