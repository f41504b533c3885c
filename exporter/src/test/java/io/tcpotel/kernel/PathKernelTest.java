// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelRequirement;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.SocketStatistics;
import io.tcpotel.testing.TcpInfo;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.time.Duration;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Across networks that lose, delay and translate: the numbers are those of ss and TCP_INFO. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class PathKernelTest {
  private static final int CLIENT_BYTES = 400_123;
  private static final int SERVER_BYTES = 300_457;

  /** Longer than a delayed acknowledgement and a round trip. */
  private static final long QUIET_MS = 120;

  private static TestNetwork undelayed;

  @BeforeAll
  static void join() {
    undelayed = TestNetwork.create();
  }

  @AfterAll
  static void leave() {
    undelayed.close();
  }

  /** What both systems know about one socket when nothing is under way any more. */
  private record Known(long cookie, TcpInfo info, SocketStatistics statistics) {
    static Known of(TestNamespace namespace, TestSocket socket) {
      int port = socket.localEndpoint().port();
      return new Known(socket.cookie(), socket.tcpInfo(), SocketStatistics.of(namespace, port));
    }
  }

  @ParameterizedTest(name = "delay {0} ms")
  @ValueSource(ints = {15, 8})
  void aDelayIsSeenAsItIs(int delayMs) throws Exception {
    String lacking = TestNetwork.lackingForDelay();
    KernelRequirement.assume(lacking.isEmpty(), lacking);
    try (TestNetwork network = TestNetwork.create(Duration.ofMillis(delayMs))) {
      Known client = exchange(network, delayMs == 15, 0);
      assertThat(client.info().minRttUs()).isGreaterThanOrEqualTo(2_000L * delayMs);
      exchange(network, true, 15);
    }
  }

  @ParameterizedTest(name = "IPv4 {0}")
  @ValueSource(booleans = {true, false})
  void whatIsLostIsCountedAsItIs(boolean v4) throws Exception {
    exchange(undelayed, v4, 12);
  }

  /** Returns what the client's socket knew about itself, which its record has to repeat. */
  private static Known exchange(TestNetwork network, boolean v4, int lossOneIn) throws Exception {
    try (CapturedConnections captured = CapturedConnections.across(network);
        SocketPair pair = connect(network, v4)) {
      if (lossOneIn > 0) {
        network.forward("meta l4proto tcp numgen random mod " + lossOneIn + " == 0 counter drop");
      }
      Conversation.exchange(pair.client(), pair.server(), CLIENT_BYTES);
      Conversation.exchange(pair.server(), pair.client(), SERVER_BYTES);
      awaitQuiet(pair);
      Known client = Known.of(network.client(), pair.client());
      Known server = Known.of(network.server(), pair.server());
      long dropped = lossOneIn == 0 ? 0 : network.counted();
      network.forward();
      pair.finish();
      captured.awaitEnds(2);
      check(captured.endOf(client.cookie()), client, CLIENT_BYTES, SERVER_BYTES);
      check(captured.endOf(server.cookie()), server, SERVER_BYTES, CLIENT_BYTES);
      assertLosses(captured.endOf(client.cookie()), lossOneIn, dropped);
      assertLosses(captured.endOf(server.cookie()), lossOneIn, dropped);
      captured.assertSumsClose();
      return client;
    } finally {
      network.forward();
    }
  }

  /** Without tail loss probes, which retransmit what nothing says is lost. */
  private static SocketPair connect(TestNetwork network, boolean v4) {
    network.client().sysctl("net.ipv4.tcp_early_retrans", "0");
    network.server().sysctl("net.ipv4.tcp_early_retrans", "0");
    return network.connect(v4);
  }

  private static void awaitQuiet(SocketPair pair) {
    Await.until(
        "nothing under way",
        () -> {
          TcpInfo client = pair.client().tcpInfo();
          TcpInfo server = pair.server().tcpInfo();
          Await.pause(QUIET_MS);
          return client.unackedSegments() + server.unackedSegments() == 0
              && client.segsOut() == pair.client().tcpInfo().segsOut()
              && server.segsOut() == pair.server().tcpInfo().segsOut();
        });
  }

  private static void check(ConnectionRecord record, Known known, long sent, long received) {
    TcpInfo info = known.info();
    SocketStatistics statistics = known.statistics();
    long syn = Records.isOutbound(record) ? 1 : 0;
    SoftAssertions softly = new SoftAssertions();
    softly.assertThat(record.sentBytes()).as("sent").isEqualTo(sent);
    softly.assertThat(record.receivedBytes()).as("received").isEqualTo(received);
    softly.assertThat(statistics.count("bytes_acked")).isEqualTo(sent + syn);
    softly.assertThat(statistics.count("bytes_received")).isEqualTo(received);
    softly.assertThat(record.srttEighthUs() / 8).as("srtt").isEqualTo(info.rttUs());
    softly.assertThat(record.srttEighthUs() / 8).as("srtt").isEqualTo(statistics.rttUs());
    softly.assertThat(record.rttMinUs()).as("least").isEqualTo(info.minRttUs());
    softly.assertThat(record.rttMinUs()).as("least").isEqualTo(statistics.minRttUs());
    softly.assertThat(record.totalRetrans()).isEqualTo(info.totalRetransSegments());
    softly.assertThat(record.totalRetrans()).isEqualTo(statistics.retransmissions());
    // Each end sends and receives a FIN and its acknowledgement.
    long segsOut = statistics.count("segs_out");
    long segsIn = statistics.count("segs_in");
    softly.assertThat(record.segsOut()).as("out").isBetween(segsOut + 1, segsOut + 3);
    softly.assertThat(record.segsIn()).as("in").isBetween(segsIn + 1, segsIn + 3);
    softly.assertThat(record.lostOut()).isEqualTo(info.lostSegments()).isZero();
    softly.assertThat(record.finReceived()).isTrue();
    softly.assertThat(ErrorType.of(record)).isNull();
    softly.assertAll();
  }

  private static void assertLosses(ConnectionRecord record, int lossOneIn, long dropped) {
    if (lossOneIn == 0) {
      assertThat(record.totalRetrans()).isZero();
      assertThat(record.lost()).isZero();
    } else {
      // The gauge is 0 again by now, and each of them was marked before it was sent again.
      assertThat(dropped).isPositive();
      assertThat(record.totalRetrans()).isPositive();
      assertThat(record.lost()).isGreaterThanOrEqualTo(record.totalRetrans());
    }
  }

  /** All ten are lost with the first timeout, and with each further one what it sent again. */
  @Test
  void lostIsWhatTheKernelMarkedInAll() {
    try (CapturedConnections captured = CapturedConnections.across(undelayed);
        SocketPair pair = connect(undelayed, true)) {
      long cookie = pair.client().cookie();
      undelayed.forward("meta l4proto tcp counter drop");
      pair.client().noDelay(true);
      for (int i = 0; i < 10; i++) {
        pair.client().sendAll(1_000);
      }
      Await.until("two timeouts", () -> pair.client().tcpInfo().totalRetransSegments() >= 2);
      TcpInfo info = pair.client().tcpInfo();
      pair.client().reset();
      captured.awaitEnds(1);
      ConnectionRecord end = captured.endOf(cookie);
      assertThat(info.lostSegments()).isEqualTo(10);
      assertThat(end.lostOut()).isEqualTo(10);
      assertThat(end.totalRetrans()).isEqualTo(info.totalRetransSegments());
      assertThat(end.lost()).isEqualTo(10 + end.totalRetrans() - 1);
      assertThat(undelayed.counted())
          .as("the reset as well")
          .isEqualTo(10 + end.totalRetrans() + 1);
      assertThat(end.sentBytes()).isZero();
      assertThat(end.unackedBytes()).isEqualTo(10_000);
      assertThat(ErrorType.of(end)).isEqualTo(ErrorType.CONNECTION_ABORTED);
    } finally {
      undelayed.forward();
    }
  }

  /** The first of ten segments are lost. */
  @ParameterizedTest
  @ValueSource(ints = {2, 7})
  void everyLossIsOneRetransmission(int losses) {
    try (CapturedConnections captured = CapturedConnections.across(undelayed);
        SocketPair pair = connect(undelayed, true)) {
      long client = pair.client().cookie();
      long server = pair.server().cookie();
      undelayed.forward(
          "meta l4proto tcp meta length > 1000 numgen inc mod 1000 < " + losses + " counter drop");
      pair.client().noDelay(true);
      for (int i = 0; i < 10; i++) {
        pair.client().sendAll(1_100);
      }
      pair.server().receiveExactly(11_000);
      pair.finish();
      captured.awaitEnds(2);
      assertThat(undelayed.counted()).isEqualTo(losses);
      assertThat(captured.endOf(client).totalRetrans()).isEqualTo(losses);
      assertThat(captured.endOf(client).lost()).isEqualTo(losses);
      assertThat(captured.endOf(client).sentBytes()).isEqualTo(11_000);
      assertThat(captured.endOf(server).receivedBytes()).isEqualTo(11_000);
      assertThat(captured.endOf(server).totalRetrans()).isZero();
    } finally {
      undelayed.forward();
    }
  }

  /** The client knows the address it asked for alone, the server its own. */
  @ParameterizedTest
  @CsvSource({"true, 203.0.113.7", "false, 2001:db8:7::7"})
  void eachEndSeesItsOwnSideOfATranslation(boolean v4, String virtual) {
    try (CapturedConnections captured = CapturedConnections.across(undelayed)) {
      String family = v4 ? "ip" : "ip6";
      String server = TestNetwork.serverAddress(v4);
      undelayed.translate(family + " daddr " + virtual + " dnat " + family + " to " + server);
      try (SocketPair pair = undelayed.connect(virtual)) {
        Conversation.exchange(pair.client(), pair.server(), 1_234);
        Conversation.exchange(pair.server(), pair.client(), 56_789);
        long clientCookie = pair.client().cookie();
        long serverCookie = pair.server().cookie();
        pair.finish();
        captured.awaitEnds(2);
        ConnectionRecord atClient = captured.endOf(clientCookie);
        ConnectionRecord atServer = captured.endOf(serverCookie);
        String client = TestNetwork.clientAddress(v4);
        assertSide(atClient, client, virtual, 1_234, 56_789);
        assertSide(atServer, server, client, 56_789, 1_234);
        assertThat(atClient.localPort()).isEqualTo(atServer.peerPort());
        assertThat(atClient.peerPort()).isEqualTo(atServer.localPort());
        assertThat(atClient.netnsCookie()).isEqualTo(undelayed.client().cookie());
        assertThat(atServer.netnsCookie()).isEqualTo(undelayed.server().cookie());
      }
    }
  }

  private static void assertSide(
      ConnectionRecord end, String local, String peer, long sent, long received) {
    assertThat(end.localAddressText()).isEqualTo(local);
    assertThat(end.peerAddressText()).isEqualTo(peer);
    assertThat(end.sentBytes()).isEqualTo(sent);
    assertThat(end.receivedBytes()).isEqualTo(received);
    assertThat(ErrorType.of(end)).isNull();
  }
}
