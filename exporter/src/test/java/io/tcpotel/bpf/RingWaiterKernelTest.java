// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.libbpf.Libbpf;
import io.tcpotel.bpf.libbpf.epoll_event;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Only the record that crosses the level wakes the reader, and only once until it looks. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class RingWaiterKernelTest {
  private static final int LEVEL = 5;
  private static final int NEVER_MS = 200;
  private static final int SOON_MS = 20_000;

  private final Arena arena = Arena.ofConfined();
  private final MemorySegment event = epoll_event.allocate(arena);
  private TestCgroup cgroup;
  private TestNamespace namespace;
  private TcpProbe probe;
  private RingMapping ring;
  private RingReader reader;
  private RingWaiter waiter;
  private int epollFd;

  @BeforeEach
  void observe() {
    cgroup = TestCgroup.create().join();
    namespace = TestNamespace.create();
    long level = (long) LEVEL * (RecordKind.FAILED.bytes() + RingReader.HEADER_BYTES);
    probe = TcpProbe.load(ProbeSettings.of(1 << 16, true).withWakeupBytes(level));
    ring = probe.mapRing();
    reader = ring.reader();
    waiter = new RingWaiter(ring, probe.shared());
    epollFd = Libbpf.epoll_create1(Libbpf.EPOLL_CLOEXEC());
    epoll_event.events(event, Libbpf.EPOLLIN() | Libbpf.EPOLLET());
    assertThat(Libbpf.epoll_ctl(epollFd, Libbpf.EPOLL_CTL_ADD(), ring.mapFd(), event)).isZero();
    probe.attach(cgroup.path());
  }

  @AfterEach
  void end() {
    Libbpf.close(epollFd);
    arena.close();
    waiter.close();
    ring.close();
    probe.close();
    namespace.close();
    cgroup.close();
  }

  /** A refused connect is one record. */
  private void put(int records) {
    Endpoint refusing = Endpoint.of("127.0.0.1", 9);
    namespace.run(
        () -> {
          for (int i = 0; i < records; i++) {
            try (TestSocket socket = TestSocket.v4()) {
              assertThat(socket.tryConnect(refusing)).isPositive();
            }
          }
        });
  }

  /** Wake-ups of the ring since the last call. */
  private int wakeUps(int waitMs) {
    return Libbpf.epoll_wait(epollFd, event, 1, waitMs);
  }

  private int drain() {
    return reader.drain((data, offset, length) -> {});
  }

  @Test
  void onlyTheRecordThatCrossesTheLevelWakes() {
    put(LEVEL - 1);
    assertThat(wakeUps(NEVER_MS)).as("below the level").isZero();
    put(1);
    assertThat(wakeUps(SOON_MS)).as("at the level").isEqualTo(1);
    put(2 * LEVEL);
    assertThat(wakeUps(NEVER_MS)).as("above the level, not yet looked at").isZero();

    waiter.await(0);
    assertThat(drain()).isEqualTo(3 * LEVEL);
    put(LEVEL - 1);
    assertThat(wakeUps(NEVER_MS)).as("below the level again").isZero();
    put(1);
    assertThat(wakeUps(SOON_MS)).as("at the level again").isEqualTo(1);
  }

  /** The reader's last look may have been before this record: it must not sleep on. */
  @Test
  void aRecordAfterTheReaderWokeWakesAgain() {
    put(LEVEL);
    assertThat(wakeUps(SOON_MS)).isEqualTo(1);
    waiter.await(0);
    put(1);
    assertThat(wakeUps(SOON_MS)).isEqualTo(1);
    put(1);
    assertThat(wakeUps(NEVER_MS)).isZero();
  }

  @Test
  void aSleepEndsWithTheLevelOrTheTimeAndNotBefore() {
    put(LEVEL - 1);
    assertThat(awaited(NEVER_MS)).as("records wait").isGreaterThan(Duration.ofMillis(NEVER_MS - 5));
    CompletableFuture<Void> last =
        CompletableFuture.runAsync(() -> put(1), task -> Thread.ofPlatform().start(task));
    assertThat(awaited(SOON_MS)).isLessThan(Duration.ofMillis(SOON_MS / 2));
    last.join();
    assertThat(drain()).isEqualTo(LEVEL);
  }

  @Test
  void anotherThreadEndsASleep() {
    Thread.ofPlatform().start(waiter::wake);
    assertThat(awaited(SOON_MS)).isLessThan(Duration.ofMillis(SOON_MS / 2));
    assertThat(awaited(NEVER_MS)).as("once").isGreaterThan(Duration.ofMillis(NEVER_MS - 5));
  }

  private Duration awaited(int timeoutMs) {
    long beforeNs = System.nanoTime();
    waiter.await(timeoutMs);
    return Duration.ofNanos(System.nanoTime() - beforeNs);
  }

  @Test
  void mayBeWokenWhileItIsClosedAndAfterwards() throws InterruptedException {
    for (int i = 0; i < 200; i++) {
      RingWaiter closing = new RingWaiter(ring, probe.shared());
      AtomicBoolean stop = new AtomicBoolean();
      CountDownLatch wakes = new CountDownLatch(100);
      Thread other =
          Thread.ofPlatform()
              .start(
                  () -> {
                    while (!stop.get()) {
                      closing.wake();
                      wakes.countDown();
                    }
                  });
      wakes.await();
      closing.close();
      stop.set(true);
      other.join();
      closing.wake();
    }
  }
}
