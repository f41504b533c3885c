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
}
