// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import java.lang.foreign.MemorySegment;

/** Takes what the kernel has folded since the last time. */
@FunctionalInterface
public interface FoldHandler {
  /**
   * @param key {@link io.tcpotel.bpf.abi.tcp_probe_fold_key}; all zero for what found no entry of
   *     its own
   * @param difference {@link io.tcpotel.bpf.abi.tcp_probe_fold}, summed over all CPUs; valid during
   *     the call
   */
  void onFold(MemorySegment key, MemorySegment difference);
}
