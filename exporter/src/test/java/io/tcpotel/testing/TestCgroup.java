// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A fresh cgroup v2 directly below the root of the hierarchy, gone after close(). A socket belongs
 * for good to the cgroup that its process was in at socket(2), an accepted one to its listener's.
 */
public final class TestCgroup implements AutoCloseable {
  private static final long RETRY_MS = 10;

  private final Path path;
  private final Path origin;
  private boolean closed;

  private TestCgroup(Path path, Path origin) {
    this.path = path;
    this.origin = origin;
  }

  /** Creates one; this process stays where it is until {@link #join}. */
  public static TestCgroup create() {
    Path root = root().orElseThrow(() -> new IllegalStateException("no cgroup v2 is mounted"));
    try {
      removeStale(root);
      Path path = Files.createDirectory(root.resolve(TestName.next()));
      return new TestCgroup(path, current(root));
    } catch (IOException e) {
      throw new UncheckedIOException("cgroup below " + root, e);
    }
  }

  /** Creates one below this one; to be closed first. */
  public TestCgroup child() {
    return child("child");
  }

  /** Likewise, of that name. */
  public TestCgroup child(String name) {
    try {
      return new TestCgroup(Files.createDirectory(path.resolve(name)), path);
    } catch (IOException e) {
      throw new UncheckedIOException("cgroup below " + path, e);
    }
  }

  /** Where cgroup v2 is mounted: at /sys/fs/cgroup, or beside v1 at /sys/fs/cgroup/unified. */
  public static Optional<Path> root() {
    try (Stream<String> mounts = Files.lines(Path.of("/proc/self/mountinfo"))) {
      return mounts
          .filter(line -> line.contains(" - cgroup2 "))
          .map(line -> Path.of(line.split(" ")[4]))
          .findFirst();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Path current(Path root) throws IOException {
    String v2 = "0::/";
    for (String line : Files.readAllLines(Path.of("/proc/self/cgroup"))) {
      if (line.startsWith(v2)) {
        return root.resolve(line.substring(v2.length()));
      }
    }
    throw new IOException("/proc/self/cgroup has no line for v2");
  }

  private static void removeStale(Path root) throws IOException {
    List<Path> stale;
    try (Stream<Path> entries = Files.list(root)) {
      stale = entries.filter(entry -> TestName.isStale(entry.getFileName().toString())).toList();
    }
    for (Path path : stale) {
      moveAll(path, root);
      remove(path);
    }
  }

  public Path path() {
    return path;
  }

  /** The cgroup's id in records: the inode number of its directory. */
  public long id() {
    try {
      return (Long) Files.getAttribute(path, "unix:ino");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Moves this process in, with all of its threads; its children to come are born here. */
  public TestCgroup join() {
    add(ProcessHandle.current().pid());
    return this;
  }

  public void add(long pid) {
    try {
      move(Long.toString(pid), path);
    } catch (IOException e) {
      throw new UncheckedIOException("move " + pid + " to " + path, e);
    }
  }

  /** Moves everything in here, this process too, to where this process was at creation. */
  public void leave() {
    try {
      moveAll(path, origin);
    } catch (IOException e) {
      throw new UncheckedIOException("move back to " + origin, e);
    }
  }

  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    leave();
    try {
      remove(path);
    } catch (IOException e) {
      throw new UncheckedIOException("remove " + path, e);
    }
  }

  private static void move(String pid, Path to) throws IOException {
    Files.writeString(to.resolve("cgroup.procs"), pid, StandardOpenOption.WRITE);
  }

  private static void moveAll(Path from, Path to) throws IOException {
    for (String pid : Files.readAllLines(from.resolve("cgroup.procs"))) {
      try {
        move(pid, to);
      } catch (IOException e) {
        if (ProcessHandle.of(Long.parseLong(pid)).isPresent()) {
          throw e;
        } // else it ended in between
      }
    }
  }

  /** An exiting process leaves its cgroup a little after it is seen as ended: busy until then. */
  private static void remove(Path path) throws IOException {
    long deadlineNs = System.nanoTime() + Await.LIMIT.toNanos();
    while (Files.exists(path)) {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        if (System.nanoTime() - deadlineNs > 0) {
          throw e;
        }
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(RETRY_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
