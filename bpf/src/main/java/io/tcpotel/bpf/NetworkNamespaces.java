// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.Failure;
import io.tcpotel.bpf.libbpf.Libbpf;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;

/** The network namespaces of this host that this process can find: by processes and by name. */
final class NetworkNamespaces {
  private static final Path PROC = Path.of("/proc");
  private static final Path OWN = PROC.resolve("thread-self/ns/net");
  private static final Path NAMED = Path.of("/run/netns");

  private NetworkNamespaces() {}

  /** A file for each but the own. */
  static List<Path> others() {
    Map<Long, Path> files = new LinkedHashMap<>();
    addAll(files, PROC, "[0-9]*", "ns/net");
    addAll(files, NAMED, "*", "");
    files.remove(OpenFile.inodeAt(OWN));
    files.remove(0L);
    return List.copyOf(files.values());
  }

  private static void addAll(Map<Long, Path> files, Path directory, String glob, String below) {
    try (DirectoryStream<Path> entries = Files.newDirectoryStream(directory, glob)) {
      entries.forEach(
          entry -> files.putIfAbsent(OpenFile.inodeAt(entry.resolve(below)), entry.resolve(below)));
    } catch (IOException e) {
      // No such directory: nothing is found by it.
    }
  }

  /**
   * Runs {@code task} in the namespace of {@code file}, on a thread of its own, since a namespace
   * belongs to a thread and a pooled one would carry it on. Null if this process may not enter
   * (CAP_SYS_ADMIN) or the namespace is gone.
   */
  static <T> T runIn(Path file, Supplier<T> task) throws InterruptedException {
    AtomicReference<T> result = new AtomicReference<>();
    Thread thread = new Thread(() -> run(file, () -> result.set(task.get())), "tcpotel-netns");
    thread.start();
    thread.join();
    return result.get();
  }

  private static void run(Path file, Runnable task) {
    try (OpenFile namespace = new OpenFile(file)) {
      if (Libbpf.setns(namespace.fd(), Libbpf.CLONE_NEWNET()) == 0) {
        task.run();
      }
    } catch (IOException | Failure e) {
      // Not allowed, or gone: no result.
    }
  }
}
