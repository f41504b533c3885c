// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.function.Executable;

/**
 * A fresh network namespace with its loopback up, gone after close(). Code runs in it on threads of
 * its own, because a namespace belongs to a thread, not to a process. Threads and processes started
 * from such a thread are born in the namespace too and stay there, so code inside must not be the
 * first to touch a shared pool of threads.
 */
public final class TestNamespace implements AutoCloseable {
  private static final Duration CALL_LIMIT = Duration.ofMinutes(3);
  private static final Path NAMES = Path.of("/var/run/netns");
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int CLONE_NEWNET = 0x40000000;

  private final String name;
  private boolean failingAddressesSetUp;
  private boolean closed;

  private TestNamespace(String name) {
    this.name = name;
  }

  public static TestNamespace create() {
    removeStale();
    TestNamespace namespace = new TestNamespace(TestName.next());
    TestCommand.run("ip", "netns", "add", namespace.name);
    try {
      namespace.ip("link set lo up");
      return namespace;
    } catch (RuntimeException e) {
      namespace.close();
      throw e;
    }
  }

  private static void removeStale() {
    String[] names = NAMES.toFile().list();
    for (String name : names == null ? new String[0] : names) {
      if (TestName.isStale(name)) {
        removeIfThere(name);
      }
    }
  }

  private static void removeIfThere(String name) {
    try {
      TestCommand.run("ip", "netns", "delete", name);
    } catch (IllegalStateException e) {
      if (new File(NAMES.toFile(), name).exists()) {
        throw e;
      } // else another run was faster
    }
  }

  public String name() {
    return name;
  }

  /** The file that stands for the namespace, as setns(2) and {@code nsenter --net=} take it. */
  public Path path() {
    return NAMES.resolve(name);
  }

  /** SO_NETNS_COOKIE of the sockets in it. */
  public long cookie() {
    return call(
        () -> {
          try (TestSocket socket = TestSocket.v4()) {
            return socket.netnsCookie();
          }
        });
  }

  /**
   * Runs {@code code} inside and returns its result; what it throws comes out as it is, or as the
   * cause if checked.
   */
  public <T> T call(Callable<T> code) {
    try {
      return start(code).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException unchecked) {
        throw unchecked;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException("in namespace " + name, e.getCause());
    }
  }

  public void run(Executable code) {
    call(
        () -> {
          execute(code);
          return null;
        });
  }

  private static void execute(Executable code) throws Exception {
    try {
      code.execute();
    } catch (Exception | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    }
  }

  /** Like {@link #call}, at the same time as the caller; several may run. */
  public <T> CompletableFuture<T> start(Callable<T> code) {
    CompletableFuture<T> outcome = new CompletableFuture<>();
    Thread.ofPlatform()
        .name("in-" + name)
        .daemon()
        .start(
            () -> {
              try {
                enter();
                outcome.complete(code.call());
              } catch (Throwable e) {
                outcome.completeExceptionally(e);
              }
            });
    return outcome.orTimeout(CALL_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void enter() {
    int fd = Posix.check("open " + path(), Posix.open(path().toString(), O_RDONLY_CLOEXEC));
    int result = Posix.setns(fd, CLONE_NEWNET);
    Posix.close(fd);
    Posix.check("setns to " + name, result);
  }

  /**
   * Runs a command inside, with the namespace's own /sys (and so without /sys/fs/cgroup); returns
   * its output.
   */
  public String exec(String... command) {
    List<String> words = new ArrayList<>(List.of("ip", "netns", "exec", name));
    words.addAll(Arrays.asList(command));
    return TestCommand.run(words);
  }

  /** {@code ip} with these arguments, inside. */
  String ip(String arguments) {
    List<String> words = new ArrayList<>(List.of("ip", "-n", name));
    words.addAll(Arrays.asList(arguments.split(" ")));
    return TestCommand.run(words);
  }

  /**
   * Receive packet steering on loopback: packets are processed in an interrupt on either of two
   * CPUs, also while the socket's owner is in a system call there, as with a network card. Without
   * it loopback runs one after the other.
   */
  public void receiveSteering(boolean on) {
    String cpus = on ? "3" : "0";
    exec("sh", "-c", "echo " + cpus + " > /sys/class/net/lo/queues/rx-0/rps_cpus");
  }

  /**
   * Sets e.g. {@code net.ipv4.tcp_sack}; /proc/sys/net shows the namespace of the thread that opens
   * a file in it.
   */
  public void sysctl(String key, String value) {
    Path file = Path.of("/proc/sys", key.replace('.', '/'));
    run(() -> Files.writeString(file, value, StandardOpenOption.WRITE));
  }

  public FailingAddresses failingV4() {
    setUpFailingAddresses();
    return FailingAddresses.V4;
  }

  public FailingAddresses failingV6() {
    setUpFailingAddresses();
    return FailingAddresses.V6;
  }

  private synchronized void setUpFailingAddresses() {
    if (!failingAddressesSetUp) {
      FailingAddresses.setUp(this);
      failingAddressesSetUp = true;
    }
  }

  /** Takes the name away; the kernel frees the namespace with its last thread and socket. */
  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      TestCommand.run("ip", "netns", "delete", name);
    }
  }
}
