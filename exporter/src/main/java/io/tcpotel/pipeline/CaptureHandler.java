// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.bpf.FoldHandler;
import io.tcpotel.bpf.RecordHandler;

/** Takes records and folds, drain by drain, on the reader's thread. */
public interface CaptureHandler extends RecordHandler, FoldHandler {
  /** The ring is about to be drained. */
  void beforeDrain();

  /** The ring was drained; called at least every {@link DrainTimer#LONGEST_MS} milliseconds. */
  void afterDrain();

  /** All that a walk over the live sockets has reported was handed over. */
  default void afterWalk() {}

  /** Nothing comes into the ring any more: what is in it has to be taken. */
  default void endOfCapture() {}
}
