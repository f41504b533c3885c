// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.abi.tcp_probe_shared;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * The words that the kernel programs and this process both write, {@link tcp_probe_shared}. A word
 * that asks for attention is cleared before the work that it asks for: the kernel sets it again for
 * what the work comes too early to see.
 */
public final class SharedWords {
  private static final VarHandle INT = ValueLayout.JAVA_INT.varHandle();

  private final MemorySegment words;

  public SharedWords(MemorySegment words) {
    this.words = words;
  }

  /**
   * Has the next record above the level wake the reader; to be called before the ring is drained.
   */
  public void allowWakeup() {
    INT.setVolatile(words, tcp_probe_shared.wakeup_pending$offset(), 0);
  }

  /** Whether the kernel has folded an end since the last {@link #clearFoldPending}. */
  boolean isFoldPending() {
    return (int) INT.getVolatile(words, tcp_probe_shared.fold_pending$offset()) != 0;
  }

  /** To be called before the folds are read. */
  void clearFoldPending() {
    INT.setVolatile(words, tcp_probe_shared.fold_pending$offset(), 0);
  }

  /** From now on each walk reports all connections, however young. */
  void reportAll() {
    tcp_probe_shared.report_all(words, 1);
  }

  /** Said where {@link #isFlagCleared}. */
  public static final String FLAG_CLEARED =
      "another sockops program clears the flag of our callback: ends of connections are not seen;"
          + " 'bpftool cgroup tree' names it";

  /**
   * Whether a walk has found a connection whose end will not be seen, because another program has
   * cleared the flag of our callback.
   */
  public boolean isFlagCleared() {
    return (int) INT.getVolatile(words, tcp_probe_shared.flag_cleared$offset()) != 0;
  }

  /** Whether states of further connections are to be created. */
  public void memoryShort(boolean isShort) {
    INT.setVolatile(words, tcp_probe_shared.memory_short$offset(), isShort ? 1 : 0);
  }

  /** Names the cgroup whose sockets are observed. */
  void scopeCgroupId(long id) {
    tcp_probe_shared.scope_cgroup_id(words, id);
  }
}
