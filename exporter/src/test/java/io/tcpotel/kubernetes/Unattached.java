// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import io.tcpotel.bpf.LibbpfLibrary;
import io.tcpotel.bpf.SockopsPrograms;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.TestCgroup;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The time without an agent, by asking the kernel every millisecond which programs are attached.
 */
final class Unattached {
  /**
   * The first 15 bytes of the name of the program of sockops, which are all that the kernel keeps.
   */
  private static final String PROGRAM = "observe_connect";

  private final Thread watcher = new Thread(this::watch, "unattached");
  private long lastBeforeNs;
  private long firstNs;
  private long lastNs;
  private long firstAfterNs;

  private Unattached() {}

  /** An agent is attached, and will be gone, and another one will be attached. */
  static Unattached watchFor() {
    LibbpfLibrary.load();
    Unattached unattached = new Unattached();
    unattached.watcher.start();
    return unattached;
  }

  /** On the root of the host's cgroups. */
  static long attachedPrograms() {
    Path root = TestCgroup.root().orElseThrow();
    return SockopsPrograms.of(root).names().stream().filter(PROGRAM::equals).count();
  }

  private void watch() {
    Await.until(
        "no agent",
        () -> {
          long askedNs = nowNs();
          if (attachedPrograms() > 0) {
            lastBeforeNs = askedNs;
            return false;
          }
          firstNs = nowNs();
          lastNs = askedNs;
          return true;
        });
    Await.until(
        "another agent",
        () -> {
          long askedNs = nowNs();
          if (attachedPrograms() == 0) {
            lastNs = askedNs;
            return false;
          }
          firstAfterNs = nowNs();
          return true;
        });
  }

  /** Of the clock that the traffic takes its times from. */
  private static long nowNs() {
    return ChronoUnit.NANOS.between(Instant.EPOCH, Instant.now());
  }

  /** Returns when the second agent is attached. */
  Unattached await() throws InterruptedException {
    watcher.join();
    if (firstAfterNs == 0) { // it ended by an error
      throw new AssertionError("no agent was replaced");
    }
    return this;
  }

  /** Whether both ends of a client's connection were gone while the first agent was attached. */
  boolean isAfterEndOf(KnownConnection client, long marginNs) {
    return client.endedNs() + marginNs < lastBeforeNs;
  }

  boolean isBeforeBeginOf(KnownConnection client) {
    return client.beganNs() > firstAfterNs;
  }

  /** Whether nothing of it happened while an agent was attached. */
  boolean includes(KnownConnection client, long marginNs) {
    return client.beganNs() > firstNs && client.endedNs() + marginNs < lastNs;
  }

  /** Whether it began while the first agent was attached, and ended while none was. */
  boolean includesEndOf(KnownConnection client, long marginNs) {
    return client.beganNs() < lastBeforeNs
        && client.endedNs() > firstNs
        && client.endedNs() + marginNs < lastNs;
  }

  double seconds() {
    return (firstAfterNs - lastBeforeNs) / 1e9;
  }
}
