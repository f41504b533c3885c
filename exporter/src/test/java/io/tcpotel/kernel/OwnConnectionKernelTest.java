// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.KernelRequirement;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What our own connections leave behind hides none of a stranger's. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class OwnConnectionKernelTest {
  private static final Path PERL = Path.of("/usr/bin/perl");
  private static final ProbeSettings WITHOUT_OWN =
      ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, false);

  /** Both ends of a connection from a port of choice, which bash cannot do. */
  private static final String CONNECT =
      "use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalAddr => '127.0.0.1',"
          + " LocalPort => $ARGV[0], PeerAddr => '127.0.0.1', PeerPort => $ARGV[1],"
          + " ReuseAddr => 1) or die $@; my $line = <$s>;";

  @BeforeEach
  void needPerl() {
    KernelRequirement.assume(Files.isExecutable(PERL), PERL.toString());
  }

  /** From {@code fromPort}, 0 for any, in another process; the listener accepts and closes. */
  private static void connectAsStranger(TestNamespace namespace, TestSocket listener, int fromPort)
      throws Exception {
    String to = Integer.toString(listener.localEndpoint().port());
    Process process =
        namespace.call(
            () ->
                new ProcessBuilder(PERL.toString(), "-e", CONNECT, "" + fromPort, to)
                    .inheritIO()
                    .start());
    try {
      listener.accept().close();
      assertThat(process.waitFor(Await.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    } finally {
      process.destroyForcibly();
    }
  }

  private static TestSocket listen(TestNamespace namespace, int port) {
    return namespace.call(() -> TestSocket.listening(Endpoint.of("127.0.0.1", port)));
  }

  /** Returns the port it came from; nothing of the connection stays but what we remember of it. */
  private static int connectAndReset(TestSocket listener) {
    try (TestSocket client = TestSocket.v4()) {
      client.connect(listener.localEndpoint());
      int port = client.localEndpoint().port();
      try (TestSocket server = listener.accept()) {
        client.reset();
        assertThat(server.isOpen()).isTrue();
      }
      return port;
    }
  }

  /** An own connect whose other end is never born. Returns the port it came from. */
  private static int refuse(int port) {
    try (TestSocket client = TestSocket.v4().bind(Endpoint.of("127.0.0.1", 0))) {
      int from = client.localEndpoint().port();
      assertThat(client.tryConnect(Endpoint.of("127.0.0.1", port))).isEqualTo(Errno.ECONNREFUSED);
      return from;
    }
  }

  private static void assertBothEndsOfOne(CapturedConnections captured) {
    captured.awaitEnds(2);
    captured.detach();
    captured.drain();
    assertThat(captured.opens()).hasSize(2);
    assertThat(captured.ends()).hasSize(2).anyMatch(Records::isOutbound);
    assertThat(captured.ends()).anyMatch(end -> !Records.isOutbound(end));
    captured.assertSumsClose();
  }

  @Test
  void aStrangerFromThePortOfAnEarlierOwnConnectionIsReported() throws Exception {
    try (CapturedConnections captured = CapturedConnections.begin(WITHOUT_OWN);
        TestSocket listener = listen(captured.namespace(), 0)) {
      int port = captured.call(() -> connectAndReset(listener));
      connectAsStranger(captured.namespace(), listener, port);
      assertBothEndsOfOne(captured);
    }
  }

  @Test
  void aStrangerFromAnotherPortThanAFailedOwnConnectIsReported() throws Exception {
    int port = 7_001;
    try (CapturedConnections captured = CapturedConnections.begin(WITHOUT_OWN)) {
      int from = captured.call(() -> refuse(port));
      try (TestSocket listener = listen(captured.namespace(), port)) {
        connectAsStranger(captured.namespace(), listener, from == 7_002 ? 7_003 : 7_002);
      }
      assertBothEndsOfOne(captured);
    }
  }

  /** Loopback addresses are others in each namespace. */
  @Test
  void aStrangerWithTheSamePortsInAnotherNamespaceIsReported() throws Exception {
    int port = 7_001;
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace own = TestNamespace.create();
        TestNamespace other = TestNamespace.create();
        CapturedConnections captured = new CapturedConnections(cgroup, other, WITHOUT_OWN)) {
      int from = own.call(() -> refuse(port));
      try (TestSocket listener = listen(other, port)) {
        connectAsStranger(other, listener, from);
      }
      assertBothEndsOfOne(captured);
    }
  }
}
