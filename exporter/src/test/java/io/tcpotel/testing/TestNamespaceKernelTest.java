// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@KernelTest
@Timeout(60)
class TestNamespaceKernelTest {
  private static final int PORT = 9;

  @Test
  void socketsLiveInsideAndTheNameIsGoneAfterwards() {
    Path path;
    try (TestNamespace namespace = TestNamespace.create();
        TestSocket outside = TestSocket.v4()) {
      path = namespace.path();
      assertThat(path).exists();
      assertThat(namespace.cookie()).isNotEqualTo(outside.netnsCookie());
      try (SocketPair pair = namespace.call(() -> SocketPair.over("127.0.0.1"))) {
        assertThat(pair.server().netnsCookie()).isEqualTo(namespace.cookie());
        pair.client().sendAll(10);
        assertThat(pair.server().receiveExactly(10)).hasSize(10);
        pair.finish();
      }
    }
    assertThat(path).doesNotExist();
  }

  @Test
  void threadsAndProcessesStartedInsideAreInside() throws Exception {
    try (TestNamespace namespace = TestNamespace.create()) {
      CompletableFuture<Long> cookie = new CompletableFuture<>();
      namespace.run(
          () -> {
            Thread.ofPlatform()
                .start(
                    () -> {
                      try (TestSocket socket = TestSocket.v4()) {
                        cookie.complete(socket.netnsCookie());
                      }
                    })
                .join();
            assertThat(TestCommand.run("ip", "netns", "identify").trim())
                .isEqualTo(namespace.name());
          });
      assertThat(cookie).isCompletedWithValue(namespace.cookie());
      assertThat(namespace.exec("ip", "netns", "identify").trim()).isEqualTo(namespace.name());
    }
  }

  @Test
  void whatFailsInsideFailsOutside() {
    try (TestNamespace namespace = TestNamespace.create()) {
      assertThatThrownBy(() -> namespace.run(() -> assertThat(1).isEqualTo(2)))
          .isInstanceOf(AssertionError.class);
      assertThatThrownBy(() -> namespace.exec("sh", "-c", "echo because >&2; exit 3"))
          .hasMessageContaining("exited with 3: because");
    }
  }

  @Test
  void settingsApplyToTheNamespaceAlone() throws Exception {
    Path sack = Path.of("/proc/sys/net/ipv4/tcp_sack");
    String outside = Files.readString(sack);
    try (TestNamespace namespace = TestNamespace.create()) {
      namespace.sysctl("net.ipv4.tcp_sack", "0");
      assertThat(namespace.exec("cat", sack.toString()).trim()).isEqualTo("0");
      assertThat(Files.readString(sack)).isEqualTo(outside);

      String cpus = "/sys/class/net/lo/queues/rx-0/rps_cpus";
      namespace.receiveSteering(true);
      assertThat(namespace.exec("cat", cpus).trim()).endsWith("3");
      namespace.receiveSteering(false);
      assertThat(namespace.exec("cat", cpus).trim()).endsWith("0");
    }
  }

  @Test
  void connectsFailInEachWay() {
    try (TestNamespace namespace = TestNamespace.create()) {
      FailingAddresses v4 = namespace.failingV4();
      FailingAddresses v6 = namespace.failingV6();
      // All at once, because each of the slow ones takes seconds. More SYNs than the neighbour gets
      // questions where
      // its silence has to be the end.
      List<CompletableFuture<String>> silent =
          List.of(connect(namespace, v4.silent(), 1), connect(namespace, v6.silent(), 1));
      List<CompletableFuture<String>> neighbourless =
          List.of(
              connect(namespace, v4.neighbourless(), 5), connect(namespace, v6.neighbourless(), 5));

      for (String loopback : List.of("127.0.0.1", "::1", "::ffff:127.0.0.1")) {
        assertThat(connect(namespace, loopback, 1).join()).isEqualTo("ECONNREFUSED");
      }
      for (String unrouted : List.of(v4.unrouted(), v6.unrouted())) {
        assertThat(connect(namespace, unrouted, 1).join()).isEqualTo("ENETUNREACH");
      }
      assertThat(silent).allMatch(outcome -> outcome.join().equals("ETIMEDOUT"));
      assertThat(neighbourless).allMatch(outcome -> outcome.join().equals("EHOSTUNREACH"));
    }
  }

  private static CompletableFuture<String> connect(
      TestNamespace namespace, String address, int synRetries) {
    Endpoint endpoint = Endpoint.of(address, PORT);
    return namespace.start(
        () -> {
          try (TestSocket socket = TestSocket.like(endpoint).synRetries(synRetries)) {
            return Errno.name(socket.tryConnect(endpoint));
          }
        });
  }

  @Test
  void whatADeadRunLeftIsRemoved() {
    String stale = "tcpotel-test-" + endedProcess() + "-1";
    TestCommand.run("ip", "netns", "add", stale);
    try (TestNamespace namespace = TestNamespace.create()) {
      assertThat(namespace.path()).exists();
      assertThat(namespace.path().resolveSibling(stale)).doesNotExist();
    }
  }

  private static String endedProcess() {
    return TestCommand.run("sh", "-c", "echo $$").trim();
  }
}
