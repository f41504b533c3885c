// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import io.grpc.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * An output of lines, normally stdout. The lines of one call stay together and are flushed when the
 * call returns. The first failure is final: it is kept, {@code onFailure} runs once, and every
 * later write is refused. Thread-safe.
 */
public final class LineOutput {
  private final OutputStream out;
  private final Runnable onFailure;
  // Volatile, not guarded: a write that blocks holds the lock, and the program must be able to end.
  private volatile IOException failure;

  public LineOutput(OutputStream out, Runnable onFailure) {
    this.out = out;
    this.onFailure = onFailure;
  }

  /**
   * Writes {@code lines}, each with its line feed.
   *
   * @throws io.grpc.StatusRuntimeException UNAVAILABLE if the write fails, so that a client keeps
   *     its data
   */
  void write(String lines) {
    if (!tryWrite(lines)) {
      throw Status.UNAVAILABLE.withDescription("the output is closed").asRuntimeException();
    }
  }

  /** Writes {@code lines}, each with its line feed; false if that or an earlier write failed. */
  public boolean tryWrite(String lines) {
    byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
    synchronized (this) {
      return failure == null && tryWrite(bytes);
    }
  }

  /** The first failure; null if there was none. */
  public IOException failure() {
    return failure;
  }

  private boolean tryWrite(byte[] bytes) {
    try {
      out.write(bytes);
      out.flush();
      return true;
    } catch (IOException e) {
      failure = e;
      onFailure.run();
      return false;
    }
  }
}
