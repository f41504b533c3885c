// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.abi.ProbeAbi;
import java.util.Locale;

/** The event of a connection that a record reports: enum tcp_probe_kind of tcp_probe_info.h. */
public enum RecordKind {
  OPEN(ProbeAbi.TCP_PROBE_OPEN()),
  CLOSE(ProbeAbi.TCP_PROBE_CLOSE()),
  FAILED(ProbeAbi.TCP_PROBE_FAILED()),
  UPDATE(ProbeAbi.TCP_PROBE_UPDATE()),
  ADOPTED(ProbeAbi.TCP_PROBE_ADOPTED()),
  UNOBSERVED(ProbeAbi.TCP_PROBE_UNOBSERVED());

  private static final RecordKind[] BY_NUMBER = new RecordKind[ProbeAbi.TCP_PROBE_KINDS()];

  static {
    for (RecordKind kind : values()) {
      BY_NUMBER[kind.number] = kind;
    }
  }

  private final int number;
  private final String value = name().toLowerCase(Locale.ROOT);

  RecordKind(int number) {
    this.number = number;
  }

  /** Null for the number of no kind. Hot: allocates nothing. */
  public static RecordKind of(int number) {
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }

  /** The kind's number in a record and in the kernel's tables. */
  public int number() {
    return number;
  }

  /** The value of {@code tcpotel.record.type}. */
  public String value() {
    return value;
  }
}
