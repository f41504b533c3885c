// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * Buffers whose requests have been answered, and the wake-up of a reader that waits for one.
 *
 * <p>No wake-up is lost: the reader says that it waits, and then looks for a buffer again; the
 * channel's thread adds the buffer, and then looks whether the reader waits. Both the flag and the
 * queue are volatile, so at least one of the two sees what the other did first.
 */
final class FreeBuffers<T> {
  private final Queue<T> free = new ConcurrentLinkedQueue<>();
  private final Runnable onRoom;
  private volatile boolean readerWaits;

  /**
   * @param onRoom wakes the reader; called on the channel's thread
   */
  FreeBuffers(Runnable onRoom) {
    this.onRoom = onRoom;
  }

  /** On the reader's thread; it looks for a buffer again after {@code true}. */
  void setReaderWaits(boolean waits) {
    readerWaits = waits;
  }

  /** On the channel's thread. */
  void giveBack(T buffer) {
    free.add(buffer);
    if (readerWaits) {
      onRoom.run();
    }
  }

  boolean isEmpty() {
    return free.isEmpty();
  }

  /** Null if there is none. */
  T poll() {
    return free.poll();
  }
}
