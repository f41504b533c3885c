// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A link between two namespaces that takes its time, for kernels without netem: a TUN device at
 * each end, and between them a relay that passes each packet on when its time has come, in order.
 */
final class DelayedLink implements AutoCloseable {
  private static final String DEVICE = "/dev/net/tun";
  private static final int O_RDWR_CLOEXEC = 0x80002;
  private static final long TUNSETIFF = 0x400454caL;
  private static final int IFREQ_BYTES = 40;
  private static final int FLAGS_OFFSET = 16;
  private static final short IFF_TUN_NO_PI = 0x1001;
  private static final short POLLIN = 1;
  private static final int LOOK_EVERY_MS = 50;
  private static final int LONGEST_PACKET_BYTES = 1 << 16;

  private record Packet(byte[] content, long dueNs) {}

  private final List<Integer> devices = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private volatile long delayNs;
  private volatile boolean stopped;

  private DelayedLink(Duration oneWay) {
    delayNs = oneWay.toNanos();
  }

  /** Makes the device {@code name} in both namespaces; a packet takes {@code oneWay} to cross. */
  static DelayedLink join(TestNamespace one, TestNamespace other, String name, Duration oneWay) {
    DelayedLink link = new DelayedLink(oneWay);
    try {
      int first = link.open(one, name);
      int second = link.open(other, name);
      link.relay(first, second);
      link.relay(second, first);
      return link;
    } catch (RuntimeException e) {
      link.close();
      throw e;
    }
  }

  /** From the next packet on; it waits for those before it. */
  void delay(Duration oneWay) {
    delayNs = oneWay.toNanos();
  }

  /** A device lives in the namespace of the thread that opens it. */
  private int open(TestNamespace namespace, String name) {
    return namespace.call(
        () -> {
          int device = Posix.check("open " + DEVICE, Posix.open(DEVICE, O_RDWR_CLOEXEC));
          devices.add(device);
          create(device, name);
          return device;
        });
  }

  private static void create(int device, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment request = arena.allocate(IFREQ_BYTES, Long.BYTES);
      request.setString(0, name, StandardCharsets.US_ASCII);
      request.set(ValueLayout.JAVA_SHORT, FLAGS_OFFSET, IFF_TUN_NO_PI);
      Posix.check("TUNSETIFF", Posix.ioctl(device, TUNSETIFF, request));
    }
  }

  private void relay(int from, int to) {
    BlockingQueue<Packet> underWay = new LinkedBlockingQueue<>();
    start("tun-in-" + from, () -> takeIn(from, underWay));
    start("tun-out-" + to, () -> passOn(underWay, to));
  }

  private void start(String name, Runnable work) {
    threads.add(Thread.ofPlatform().name(name).daemon().start(work));
  }

  private void takeIn(int device, BlockingQueue<Packet> underWay) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(LONGEST_PACKET_BYTES);
      MemorySegment entry = arena.allocate(8, 4);
      while (!stopped) {
        if (isReadable(device, entry)) {
          int bytes = Posix.check("read", Posix.read(device, buffer, LONGEST_PACKET_BYTES));
          byte[] content = buffer.asSlice(0, bytes).toArray(ValueLayout.JAVA_BYTE);
          underWay.add(new Packet(content, System.nanoTime() + delayNs));
        }
      }
    }
  }

  private static boolean isReadable(int device, MemorySegment entry) {
    entry.set(ValueLayout.JAVA_INT, 0, device);
    entry.set(ValueLayout.JAVA_SHORT, 4, POLLIN);
    entry.set(ValueLayout.JAVA_SHORT, 6, (short) 0);
    int ready = Posix.poll(entry, 1, LOOK_EVERY_MS);
    return ready > 0 && (entry.get(ValueLayout.JAVA_SHORT, 6) & POLLIN) != 0;
  }

  private void passOn(BlockingQueue<Packet> underWay, int device) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment buffer = arena.allocate(LONGEST_PACKET_BYTES);
      while (!stopped) {
        Packet packet = underWay.poll(LOOK_EVERY_MS, TimeUnit.MILLISECONDS);
        if (packet != null) {
          waitUntil(packet.dueNs());
          MemorySegment.copy(
              packet.content(), 0, buffer, ValueLayout.JAVA_BYTE, 0, packet.content().length);
          // A device that is down takes nothing, and loses no more than a cable would.
          Posix.write(device, buffer, packet.content().length);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void waitUntil(long dueNs) {
    for (long leftNs = dueNs - System.nanoTime(); leftNs > 0; leftNs = dueNs - System.nanoTime()) {
      LockSupport.parkNanos(leftNs);
    }
  }

  /** The devices vanish with their last descriptor. */
  @Override
  public void close() {
    stopped = true;
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      devices.forEach(Posix::close);
      devices.clear();
    }
  }
}
