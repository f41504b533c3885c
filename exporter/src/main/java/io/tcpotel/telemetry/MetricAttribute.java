// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.tcpotel.bpf.ProgramRuns;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.ReportOutcome;
import io.tcpotel.thinning.LeftOut;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/** The attributes that metrics have, log records lack, and the conventions do not define. */
public enum MetricAttribute {
  PEER_PREFIX(
      "network.peer.address.prefix",
      List.of(),
      "Prefix of the peer's address, of the length that the configuration gives its family."),
  RECORD_TYPE(
      "tcpotel.record.type",
      values(RecordKind.values(), RecordKind::value),
      "Kind of a record in the kernel's ring."),
  OUTCOME(
      "tcpotel.outcome",
      values(ReportOutcome.values(), ReportOutcome::value),
      "Outcome of a report in the kernel."),
  REASON(
      "tcpotel.reason",
      values(LeftOut.values(), LeftOut::value),
      "Why a log record or a span is left out on purpose."),
  PROGRAM_NAME(
      "tcpotel.bpf.program.name",
      ProgramRuns.PROGRAMS,
      "A kernel program. observe_connections sees connections begin and end.");

  private final AttributeKey<String> key;

  private final List<String> values;
  private final String description;

  MetricAttribute(String key, List<String> values, String description) {
    this.key = AttributeKey.stringKey(key);
    this.values = values;
    this.description = description;
  }

  private static <T> List<String> values(T[] constants, Function<T, String> value) {
    return Arrays.stream(constants).map(value).toList();
  }

  public AttributeKey<String> key() {
    return key;
  }

  /** All that it can have; empty if these are not counted. */
  public List<String> members() {
    return values;
  }

  public String description() {
    return description;
  }
}
