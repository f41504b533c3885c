// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.bpf.Capabilities;
import io.tcpotel.bpf.LibbpfLibrary;
import io.tcpotel.bpf.Obstacle;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.TcpProbe;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The start of a capture: loads the kernel programs and attaches them; from then on the ring fills.
 *
 * @param settings of the kernel programs
 * @param cgroup the directory that they are attached to
 * @param read the files that the program reads later
 * @param written the files and directories that it writes later
 */
public record CaptureStart(
    ProbeSettings settings, Path cgroup, List<Path> read, List<Path> written, Messages messages) {
  private static final Obstacle OLD_KERNEL =
      new Obstacle(
          "this process keeps CAP_BPF while it watches, because this kernel asks for it at each call",
          "boot a kernel of 5.19 or newer, or do with it");

  /**
   * Looks libbpf's functions up on another thread while this one reads the options: both take the
   * JVM about as long, in each of the two starts.
   */
  public static void prepare() {
    Thread.ofPlatform().daemon().name("tcpotel-libbpf").start(CaptureStart::loadLibbpf);
  }

  private static void loadLibbpf() {
    try {
      LibbpfLibrary.load();
    } catch (Failure e) {
      // Who needs it loads it again, and says why that fails.
    }
  }

  /** Attaches in a process that keeps its capabilities, since it does other things too. */
  public CaptureLoop attach() {
    return attach(probe -> {});
  }

  /** Attaches in a process that keeps its capabilities for a reason that the user can remove. */
  public CaptureLoop attachPrivileged(Obstacle obstacle) {
    sayKept(obstacle);
    return attach();
  }

  private void sayKept(Obstacle obstacle) {
    messages.say("this process keeps its capabilities while it watches, because " + obstacle);
  }

  /**
   * Attaches; then this process replaces itself by the same program without capabilities, which
   * comes here again and takes over. Where that is not possible, it says so and keeps them.
   *
   * @param environment of this process
   * @param stop ends the process instead if it has come
   */
  public CaptureLoop attachUnprivileged(Map<String, String> environment, StopSignal stop) {
    Optional<TcpProbe> inherited = TcpProbe.inherited(settings, cgroup, environment);
    if (inherited.isPresent()) {
      if (Capabilities.areHeld()) {
        messages.say(OLD_KERNEL.toString());
      }
      return CaptureLoop.of(inherited.get(), messages);
    }
    return attach(
        probe -> {
          if (!stop.isStopped()) {
            sayKept(probe.replaceProcess(read, written));
          }
        });
  }

  private CaptureLoop attach(Consumer<TcpProbe> whenAttached) {
    TcpProbe probe = TcpProbe.load(settings);
    try {
      probe.attach(cgroup);
      whenAttached.accept(probe);
    } catch (RuntimeException e) {
      probe.close();
      throw e;
    }
    return CaptureLoop.of(probe, messages);
  }
}
