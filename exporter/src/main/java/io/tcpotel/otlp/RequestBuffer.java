// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.telemetry.RecordBatch;
import io.tcpotel.telemetry.ResourceHead;

/**
 * Memory for a request.
 *
 * @param copies the kernel's records of which the request is made; null without a spool
 */
record RequestBuffer(RecordBatch batch, RecordBlock copies) {
  /** For a record of this resource. */
  boolean hasRoom(ResourceHead head) {
    return batch.hasRoom(head) && (copies == null || copies.hasRoom());
  }

  /** For a request of at most {@code limitBytes}. */
  void clear(int limitBytes) {
    batch.clear(limitBytes);
    if (copies != null) {
      copies.clear();
    }
  }
}
