// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

/** Whether a record of the ring can be read. */
public enum RecordCheck {
  OK,
  /** Another length than this program's records have. */
  TRUNCATED,
  /** Another version, kind or address family. */
  UNKNOWN_TYPE
}
