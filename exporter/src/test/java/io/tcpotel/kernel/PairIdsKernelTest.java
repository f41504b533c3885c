// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.Errno;
import io.tcpotel.testing.KernelRequirement;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketOption;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two hosts that do not talk to each other give the ends of one connection one trace id. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class PairIdsKernelTest {
  /** Client and server, all listeners, no cookie asked for (ip-sysctl). */
  private static final String FAST_OPEN_WITHOUT_COOKIE =
      Integer.toString(0x1 | 0x2 | 0x4 | 0x200 | 0x400);

  private static TestNetwork network;

  private TwoHosts hosts;

  @BeforeAll
  static void join() {
    network = TestNetwork.create();
    Way.open(network);
  }

  @AfterAll
  static void leave() {
    network.close();
  }

  @BeforeEach
  void watch() {
    hosts = TwoHosts.watch(network);
  }

  @AfterEach
  void end() {
    hosts.close();
  }

  @ParameterizedTest
  @EnumSource
  void theIdsSurviveTranslation(Way way) {
    for (boolean v4 : new boolean[] {true, false}) {
      long clientCookie;
      long serverCookie;
      try (SocketPair pair = way.pair(network, v4)) {
        clientCookie = pair.client().cookie();
        serverCookie = pair.server().cookie();
        Conversation.exchange(pair.client(), pair.server(), 1_234);
        Conversation.exchange(pair.server(), pair.client(), 56_789);
        pair.finish();
      }
      hosts.awaitEnds(v4 ? 1 : 2);
      ConnectionRecord client = hosts.client().endOf(clientCookie);
      ConnectionRecord server = hosts.server().endOf(serverCookie);
      assertThat(client.localAddressText().equals(server.peerAddressText()))
          .isNotEqualTo(way.translatesSource());
      assertThat(client.peerAddressText().equals(server.localAddressText()))
          .isNotEqualTo(way.translatesDestination());
      hosts.assertPaired(clientCookie, serverCookie);
    }
  }

  /** A start has no ids in its log record without a key; with one they are those of the end. */
  @Test
  void theIdsAreTheSameFromStartToEnd() {
    try (SocketPair pair = network.connect(true)) {
      Conversation.exchange(pair.client(), pair.server(), 77);
      Await.pause(25); // an update needs some age
      hosts.client().walkLast();
      hosts.server().walkLast();
      pair.finish();
    }
    hosts.awaitEnds(1);
    List<ConnectionRecord> all =
        Stream.of(hosts.client(), hosts.server()).flatMap(it -> it.records().stream()).toList();
    assertThat(all)
        .extracting(ConnectionRecord::kind)
        .containsExactlyInAnyOrder(
            RecordKind.OPEN,
            RecordKind.UPDATE,
            RecordKind.CLOSE,
            RecordKind.OPEN,
            RecordKind.UPDATE,
            RecordKind.CLOSE);
    assertThat(all.stream().map(EndIds::traceIdOfAny).distinct()).hasSize(1);
  }

  /** The router ends the client's connection and begins another: two traces, four ends. */
  @Test
  void aProxyBetweenThemMakesTwoTraces() {
    Endpoint atProxy = Endpoint.of("198.18.1.1", 0);
    try (CapturedConnections proxy = TwoHosts.watch(hosts.cgroup(), network.router());
        TestSocket listener = network.router().call(() -> TestSocket.listening(atProxy));
        TestSocket origin = Way.PLAIN.listen(network, true);
        TestSocket client = network.client().call(() -> connect(listener));
        TestSocket accepted = listener.accept();
        TestSocket onward = network.router().call(() -> connect(origin));
        TestSocket server = origin.accept()) {
      long[] near = {client.cookie(), accepted.cookie()};
      long[] far = {onward.cookie(), server.cookie()};
      relay(client, accepted, onward, server);
      new SocketPair(client, accepted).finish();
      new SocketPair(onward, server).finish();
      hosts.awaitEnds(1);
      proxy.awaitEnds(2);
      EndIds.of(proxy.endOf(near[1])).assertServerOf(hosts.idsAtClient(near[0]));
      hosts.idsAtServer(far[1]).assertServerOf(EndIds.of(proxy.endOf(far[0])));
      assertThat(hosts.idsAtClient(near[0]).traceId())
          .isNotEqualTo(hosts.idsAtServer(far[1]).traceId());
    }
  }

  private static TestSocket connect(TestSocket listener) {
    return TestSocket.like(listener.localEndpoint()).connect(listener.localEndpoint());
  }

  private static void relay(
      TestSocket client, TestSocket accepted, TestSocket onward, TestSocket server) {
    client.sendAll(500);
    onward.sendAll(accepted.receiveExactly(500));
    server.receiveExactly(500);
  }

  /** One agent starts before the connection, the other after it, or both do. */
  @ParameterizedTest
  @CsvSource({
    "true, true, true",
    "true, true, false",
    "true, false, true",
    "false, true, true",
    "false, true, false",
    "false, false, true"
  })
  void connectionsThatAreOlderThanAnAgentArePairs(
      boolean v4, boolean clientIsOlder, boolean serverIsOlder) {
    hosts.close();
    try (TestCgroup cgroup = TestCgroup.create().join()) {
      CapturedConnections client = clientIsOlder ? null : TwoHosts.watch(cgroup, network.client());
      CapturedConnections server = serverIsOlder ? null : TwoHosts.watch(cgroup, network.server());
      try (TestSocket listener = Way.SOURCE.listen(network, v4);
          TestSocket active = Way.SOURCE.connect(network, v4);
          TestSocket passive = listener.accept()) {
        Conversation.exchange(active, passive, 70_001);
        Conversation.exchange(passive, active, 30_003);
        client = client == null ? TwoHosts.watch(cgroup, network.client()) : client;
        server = server == null ? TwoHosts.watch(cgroup, network.server()) : server;
        network.client().call(client::adoptOlder);
        network.server().call(server::adoptOlder);
        long[] cookies = {active.cookie(), passive.cookie()};
        Conversation.exchange(active, passive, 5);
        new SocketPair(active, passive).finish();
        client.awaitEnds(1);
        server.awaitEnds(1);
        assertThat(client.endOf(cookies[0]).preexisting()).isEqualTo(clientIsOlder);
        assertThat(server.endOf(cookies[1]).preexisting()).isEqualTo(serverIsOlder);
        EndIds.of(server.endOf(cookies[1])).assertServerOf(EndIds.of(client.endOf(cookies[0])));
      } finally {
        close(client);
        close(server);
      }
    }
  }

  private static void close(CapturedConnections captured) {
    if (captured != null) {
      captured.close();
    }
  }

  @Test
  void anOlderServerWhoseListenerIsGoneIsAPair() {
    hosts.close();
    try (TestCgroup cgroup = TestCgroup.create().join();
        SocketPair pair = network.connect(true)) {
      Conversation.exchange(pair.server(), pair.client(), 9);
      try (CapturedConnections client = TwoHosts.watch(cgroup, network.client());
          CapturedConnections server = TwoHosts.watch(cgroup, network.server())) {
        network.client().call(client::adoptOlder);
        network.server().call(server::adoptOlder);
        pair.finish();
        ConnectionRecord one = client.awaitEnds(1).get(0);
        ConnectionRecord other = server.awaitEnds(1).get(0);
        EndIds.of(other).assertServerOf(EndIds.of(one));
      }
    }
  }

  private static void assertTwoRoots(EndIds one, EndIds other) {
    assertThat(one.traceId()).isEqualTo(other.traceId());
    assertThat(one.spanId()).isNotEqualTo(other.spanId());
    assertThat(one.parentSpanId() + other.parentSpanId()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fastOpenIsAPair(boolean v4) {
    network.client().sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_COOKIE);
    network.server().sysctl("net.ipv4.tcp_fastopen", FAST_OPEN_WITHOUT_COOKIE);
    Endpoint any = Endpoint.of(TestNetwork.serverAddress(v4), 0);
    try (TestSocket listener = network.server().call(() -> TestSocket.listening(any));
        TestSocket client = network.client().call(() -> TestSocket.like(any))) {
      client.set(SocketOption.FAST_OPEN_CONNECT, 1).connect(listener.localEndpoint());
      client.sendAll(700);
      assertThat(client.tcpInfo().bytesAcked()).as("data in the SYN").isEqualTo(701);
      TestSocket server = listener.accept();
      long[] cookies = {client.cookie(), server.cookie()};
      server.sendAll(900);
      client.receiveExactly(900);
      new SocketPair(client, server).finish();
      hosts.awaitEnds(1);
      hosts.assertPaired(cookies[0], cookies[1]);
    }
  }

  /** Two SYNs that cross: nobody is the server, so there are two roots in one trace. */
  @Test
  void aSimultaneousOpenIsOneTraceWithTwoRoots() {
    String lacking = TestNetwork.lackingForDelay();
    KernelRequirement.assume(lacking.isEmpty(), lacking);
    Endpoint one = Endpoint.of(TestNetwork.clientAddress(true), 7_011);
    Endpoint other = Endpoint.of(TestNetwork.serverAddress(true), 7_022);
    try (TestNetwork delayed = TestNetwork.create(Duration.ofMillis(100));
        TwoHosts apart = TwoHosts.watch(delayed);
        TestSocket first = delayed.client().call(() -> TestSocket.v4().bind(one));
        TestSocket second = delayed.server().call(() -> TestSocket.v4().bind(other))) {
      assertThat(first.startConnect(other)).isEqualTo(Errno.EINPROGRESS);
      assertThat(second.startConnect(one)).isEqualTo(Errno.EINPROGRESS);
      assertThat(first.finishConnect(Await.LIMIT)).isZero();
      assertThat(second.finishConnect(Await.LIMIT)).isZero();
      long[] cookies = {first.cookie(), second.cookie()};
      new SocketPair(first, second).finish();
      apart.awaitEnds(1);
      assertTwoRoots(apart.idsAtClient(cookies[0]), apart.idsAtServer(cookies[1]));
    }
  }

  /** Both numbers are the same one: one socket, one record, one span. */
  @Test
  void aConnectionToItselfIsATraceOfOneSpan() {
    network.client().run(PairIdsKernelTest::talkToItself);
    ConnectionRecord end = hosts.client().awaitEnds(1).get(0);
    assertThat(end.localIsn()).isEqualTo(end.peerIsn()).isNotZero();
    EndIds ids = EndIds.of(end);
    assertThat(ids.traceId()).matches("[0-9a-f]{32}");
    assertThat(ids.parentSpanId()).isEmpty();
    assertThat(hosts.client().ends()).hasSize(1);
  }

  private static void talkToItself() {
    try (TestSocket socket = TestSocket.v4().bind(Endpoint.of("127.0.0.1", 0))) {
      socket.connect(socket.localEndpoint());
      socket.shutdownWrite();
      socket.receiveToEnd();
    }
  }

  @Test
  void aRefusedConnectHasIdsOfItsOwn() {
    Endpoint closed = Endpoint.of(TestNetwork.serverAddress(true), 9);
    for (int i = 0; i < 3; i++) {
      assertThat(
              network
                  .client()
                  .<Integer>call(
                      () -> {
                        try (TestSocket socket = TestSocket.v4()) {
                          return socket.tryConnect(closed);
                        }
                      }))
          .isEqualTo(Errno.ECONNREFUSED);
    }
    network.connect(true).finish();
    hosts.client().awaitEnds(4);
    hosts.server().awaitEnds(1);
    List<EndIds> ids = hosts.client().ends().stream().map(EndIds::of).toList();
    assertThat(ids).extracting(EndIds::traceId).doesNotHaveDuplicates().hasSize(4);
    assertThat(ids).extracting(EndIds::parentSpanId).containsOnly("");
    assertThat(hosts.server().ends())
        .extracting(end -> EndIds.of(end).traceId())
        .containsExactly(ids.get(3).traceId());
  }

  /** Such a router answers the SYN itself and rewrites the server's numbers afterwards. */
  @Test
  void aSynProxyBetweenThemLeavesEachEndAlone() {
    long[] cookies = new long[2];
    network.guardAgainstSynFloods(7_000);
    try (SocketPair pair = Way.PLAIN.pair(network, true)) {
      Conversation.exchange(pair.client(), pair.server(), 800);
      cookies[0] = pair.client().cookie();
      cookies[1] = pair.server().cookie();
      pair.finish();
    } finally {
      network.endGuard();
    }
    hosts.awaitEnds(1);
    assertThat(hosts.idsAtClient(cookies[0]).traceId())
        .isNotEqualTo(hosts.idsAtServer(cookies[1]).traceId());
    assertThat(hosts.client().endOf(cookies[0]).localIsn())
        .isEqualTo(hosts.server().endOf(cookies[1]).peerIsn());
  }
}
