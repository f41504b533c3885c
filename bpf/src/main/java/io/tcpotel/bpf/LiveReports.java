// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

/**
 * The reports about connections that live.
 *
 * @param intervalNs from one walk to the next, and the age from which on a connection is reported
 * @param unchanged whether one that has nothing new is reported too
 */
public record LiveReports(long intervalNs, boolean unchanged) {
  /** No walks. */
  public static final LiveReports NONE = new LiveReports(Long.MAX_VALUE, false);

  /** Without {@link TcpProbe#canReportLive}. */
  public static final Obstacle NOT_POSSIBLE =
      new Obstacle(
          "connections are reported only when they end, because this kernel has no iterator over"
              + " socket storage",
          "boot a kernel with CONFIG_BPF_SYSCALL and CONFIG_DEBUG_INFO_BTF of 5.15 or newer");

  /** Whether there are walks. */
  public boolean areWanted() {
    return !equals(NONE);
  }
}
