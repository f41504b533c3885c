// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_listener;
import java.util.Locale;

/** What a record reports: enum tcp_probe_kind of tcp_probe_info.h. */
public enum RecordKind {
  OPEN(ProbeAbi.TCP_PROBE_OPEN(), ProbeAbi.TCP_PROBE_SHORT_BYTES()),
  CLOSE(ProbeAbi.TCP_PROBE_CLOSE(), tcp_probe_info.sizeof()),
  FAILED(ProbeAbi.TCP_PROBE_FAILED(), tcp_probe_info.sizeof()),
  UPDATE(ProbeAbi.TCP_PROBE_UPDATE(), tcp_probe_info.sizeof()),
  ADOPTED(ProbeAbi.TCP_PROBE_ADOPTED(), tcp_probe_info.sizeof()),
  UNOBSERVED(ProbeAbi.TCP_PROBE_UNOBSERVED(), ProbeAbi.TCP_PROBE_SHORT_BYTES()),
  /** A listening socket: {@code struct tcp_probe_listener}, no connection. */
  LISTENER(ProbeAbi.TCP_PROBE_LISTENER(), tcp_probe_listener.sizeof());

  private static final RecordKind[] BY_NUMBER = new RecordKind[ProbeAbi.TCP_PROBE_KINDS()];

  static {
    for (RecordKind kind : values()) {
      BY_NUMBER[kind.number] = kind;
    }
  }

  private final int number;
  private final int bytes;
  private final String value = name().toLowerCase(Locale.ROOT);

  RecordKind(int number, long bytes) {
    this.number = number;
    this.bytes = (int) bytes;
  }

  /** Null for the number of no kind. Hot: allocates nothing. */
  public static RecordKind of(int number) {
    return number >= 0 && number < BY_NUMBER.length ? BY_NUMBER[number] : null;
  }

  /** The kind's number in a record and in the kernel's tables. */
  public int number() {
    return number;
  }

  /** The size of a record of this kind. */
  public int bytes() {
    return bytes;
  }

  /** The value of {@code tcpotel.record.type}. */
  public String value() {
    return value;
  }
}
