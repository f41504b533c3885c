// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.lang.foreign.MemorySegment;

/** Takes records out of the ring. */
public interface RecordHandler {
  /**
   * One record: {@code length} bytes of {@code data} from {@code offset} on, contiguous, and valid
   * only during this call.
   */
  void onRecord(MemorySegment data, long offset, int length);

  /**
   * Whether the next record is wanted now; what is not stays in the ring.
   *
   * @param waitingBytes what waits in the ring, from that record on
   */
  default boolean wantsNext(long waitingBytes) {
    return true;
  }
}
