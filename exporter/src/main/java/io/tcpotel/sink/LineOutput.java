// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import io.grpc.Status;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/**
 * Where lines go, normally stdout: what one call writes stays together and has left the process
 * when the call returns. The first failure is final: it is kept, told once, and everything after it
 * is refused. Thread-safe.
 */
public final class LineOutput {
  private final OutputStream out;
  private final Runnable onFailure;
  // Readable while a write is stuck, which would otherwise keep the program from ending.
  private volatile IOException failure;

  public LineOutput(OutputStream out, Runnable onFailure) {
    this.out = out;
    this.onFailure = onFailure;
  }

  /**
   * Writes {@code lines}, each with its line feed.
   *
   * @throws io.grpc.StatusRuntimeException if they could not be written: UNAVAILABLE, so that a
   *     client keeps its data
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

  /** Why nothing can be written any more; null as long as it can. */
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
