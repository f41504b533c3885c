// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.abi.ProbeAbi;
import java.util.Locale;

/** How the kernel programs dealt with a report: enum tcp_probe_outcome of tcp_probe_info.h. */
public enum ReportOutcome {
  PUT(ProbeAbi.TCP_PROBE_PUT()),
  DEFERRED(ProbeAbi.TCP_PROBE_DEFERRED()),
  FOLDED(ProbeAbi.TCP_PROBE_FOLDED()),
  FILTERED(ProbeAbi.TCP_PROBE_FILTERED()),
  NO_STORAGE(ProbeAbi.TCP_PROBE_NO_STORAGE());

  private final int number;
  private final String value = name().toLowerCase(Locale.ROOT);

  ReportOutcome(int number) {
    this.number = number;
  }

  int number() {
    return number;
  }

  /** The value of {@code tcpotel.outcome}. */
  public String value() {
    return value;
  }
}
