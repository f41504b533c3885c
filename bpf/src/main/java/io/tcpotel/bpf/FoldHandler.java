// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.lang.foreign.MemorySegment;

/** Takes the ends that the kernel has folded since the last reading. */
@FunctionalInterface
public interface FoldHandler {
  /**
   * @param key {@link io.tcpotel.bpf.abi.tcp_probe_fold_key}; all zero for ends that found no entry
   *     of their own
   * @param difference {@link io.tcpotel.bpf.abi.tcp_probe_fold}, summed over all CPUs; valid during
   *     the call
   */
  void onFold(MemorySegment key, MemorySegment difference);
}
