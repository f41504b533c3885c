// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.NativeCall;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * This program once more, in the same process, without capabilities. Capabilities belong to
 * threads, and a JVM has a dozen: only an execve takes them from all, and it ends all but the
 * calling one, which has given them up before.
 *
 * @param handover the files that it inherits
 * @param read files that it reads
 * @param written files and directories that it writes
 */
record Successor(Handover handover, List<Path> read, List<Path> written) {
  private static final Path SELF = Path.of("/proc/self");

  /** Replaces this process; returns only if that is not possible, with the reason. */
  Obstacle begin() {
    Attempt attempt = new Attempt(0);
    if (attempt.make() && attempt.needsCapability) {
      attempt = new Attempt(1L << Capabilities.BPF);
      attempt.make();
    }
    return new Obstacle(attempt.reason, attempt.remedy);
  }

  /** On a thread of its own, so that this process can go on as it is if the attempt fails. */
  private final class Attempt implements Runnable {
    private final long kept;
    private boolean needsCapability;
    private String reason;
    private String remedy;

    private Attempt(long kept) {
      this.kept = kept;
    }

    private boolean make() {
      Thread thread = new Thread(this, "tcpotel-execve");
      thread.start();
      try {
        thread.join();
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    @Override
    public void run() {
      try {
        CapabilityDrop.allBut(kept);
        // Before 5.19, kernel.unprivileged_bpf_disabled forbids all of bpf() without CAP_BPF.
        needsCapability = kept == 0 && isRefused();
        Optional<Path> forbidden = needsCapability ? Optional.empty() : forbidden();
        if (forbidden.isPresent()) {
          reason = "without them it has no access to " + forbidden.get();
          remedy = "give this user access to it, or the file another place";
        } else if (!needsCapability) {
          failed("execve: " + Errno.describe(execute()));
        }
      } catch (Failure | IOException e) {
        failed(e.getMessage());
      }
    }

    private void failed(String cause) {
      reason = cause;
      remedy = "please report it";
    }
  }

  private boolean isRefused() {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment key = arena.allocate(ValueLayout.JAVA_INT);
      int counters = handover.probe().fd(ProbeFiles.COUNTERS);
      return Errno.isPermission(-Libbpf.bpf_map_get_next_key(counters, MemorySegment.NULL, key));
    }
  }

  /** The first of the needed files that this thread has no access to. */
  private Optional<Path> forbidden() throws IOException {
    List<Path> needed = new ArrayList<>(read);
    needed.add(Files.readSymbolicLink(SELF.resolve("exe")));
    needed.add(Path.of(System.getProperty("java.home"), "lib", "modules"));
    for (String path : System.getProperty("java.class.path").split(":")) {
      needed.add(Path.of(path));
    }
    Optional<Path> unreadable = needed.stream().filter(path -> !Files.isReadable(path)).findFirst();
    return unreadable.isPresent()
        ? unreadable
        : written.stream().filter(path -> !Files.isWritable(existing(path))).findFirst();
  }

  private static Path existing(Path path) {
    Path at = path.toAbsolutePath();
    while (!Files.exists(at) && at.getParent() != null) {
      at = at.getParent();
    }
    return at;
  }

  /** Returns only if it fails, with errno. Arguments and environment are the bytes of the first. */
  private int execute() throws IOException {
    String program = Files.readSymbolicLink(SELF.resolve("exe")).toString();
    String inherited = Handover.VARIABLE + "=" + handover.text(ProcessHandle.current().pid());
    List<String> environment = new ArrayList<>(strings("environ"));
    environment.removeIf(variable -> variable.startsWith(Handover.VARIABLE + "="));
    environment.add(inherited);
    try (Arena arena = Arena.ofConfined()) {
      Libbpf.execve(
          arena.allocateFrom(program), array(strings("cmdline"), arena), array(environment, arena));
      return NativeCall.errno();
    }
  }

  /** One character per byte, whatever the bytes mean. */
  private static List<String> strings(String file) throws IOException {
    String all = Files.readString(SELF.resolve(file), StandardCharsets.ISO_8859_1);
    List<String> strings = new ArrayList<>(List.of(all.split("\0", -1)));
    strings.removeLast(); // each ends with a NUL
    return strings;
  }

  private static MemorySegment array(List<String> strings, Arena arena) {
    MemorySegment array = arena.allocate(ValueLayout.ADDRESS, strings.size() + 1L);
    for (int i = 0; i < strings.size(); i++) {
      array.setAtIndex(
          ValueLayout.ADDRESS, i, arena.allocateFrom(strings.get(i), StandardCharsets.ISO_8859_1));
    }
    return array;
  }
}
