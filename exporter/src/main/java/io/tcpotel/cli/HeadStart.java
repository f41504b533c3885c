// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Build;
import io.tcpotel.Failure;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.TcpProbe;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * What another thread does while one reads the options: it opens the jar and looks whether it is
 * the one that the classes are of, and goes through what a capture begins with, since the JVM takes
 * its time for the first call into C and the first look at each struct. What fails of that fails
 * again in the capture, which says so.
 */
final class HeadStart {
  private static final Set<String> CAPTURES = Set.of("run", "tail", "record", "demo");

  private final FutureTask<Void> oneBuild = new FutureTask<>(Build::requireOne, null);

  private HeadStart() {}

  static HeadStart begin(String... arguments) {
    HeadStart start = new HeadStart();
    boolean captures = arguments.length > 0 && CAPTURES.contains(arguments[0]);
    Thread.ofPlatform().daemon().name("tcpotel-head-start").start(() -> start.run(captures));
    return start;
  }

  private void run(boolean captures) {
    oneBuild.run();
    if (captures) {
      try {
        TcpProbe.rehearse(ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true));
      } catch (Failure e) {
        // See above.
      }
    }
  }

  /** Throws {@link Build#requireOne}'s failure. */
  void requireOneBuild() {
    try {
      oneBuild.get();
    } catch (ExecutionException e) {
      throw e.getCause() instanceof Failure failure ? failure : new IllegalStateException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e); // nobody interrupts the first thread
    }
  }
}
