// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

/** The source of an agent's records: the kernel or a recording. */
interface RecordSource {
  /** Hands records to {@code handler} until there are no more, or {@code stop} says so. */
  void run(StopSignal stop, CaptureHandler handler);

  /** Ends the reader's present sleep; from any thread. */
  void wake();
}
