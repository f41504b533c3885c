// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.ConnectionFilter;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever connections do, their records say what was sent and received, to the byte: with FINs at
 * both ends all of it; after a reset, acknowledged is at most received by the peer is at most sent.
 */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class RandomTrafficKernelTest {
  private static final int WORKERS = 4;
  private static final int STEPS = 24_000;
  private static final int MOST_UNDER_WAY_BYTES = 40_000;

  /** Of all connections of one run, so that thousands of them fit into tcp_mem. */
  private static final int MOST_UNDER_WAY_IN_ALL_BYTES = 40_000_000;

  private static final long RING_BYTES = 1 << 24;

  /** Where the program is attached. */
  private enum Scope {
    HOST {
      @Override
      Path path(TestCgroup own) {
        return TestCgroup.root().orElseThrow();
      }
    },
    CGROUP {
      @Override
      Path path(TestCgroup own) {
        return own.path();
      }
    },
    /** The root again, and the namespace of the thread that loads the programs alone. */
    POD {
      @Override
      Path path(TestCgroup own) {
        return HOST.path(own);
      }
    };

    abstract Path path(TestCgroup own);

    ProbeSettings settings() {
      boolean ownNetns = this == POD;
      return ProbeSettings.of(RING_BYTES, true)
          .withFilter(
              new ConnectionFilter(ownNetns, false, Map.of(), Map.of(), Map.of(), Map.of()));
    }
  }

  /** Another seed each time; -Dtcpotel.seed repeats one. */
  static Stream<Arguments> traffic() {
    long seed = Long.getLong("tcpotel.seed", System.nanoTime());
    return Stream.of(Scope.values())
        .flatMap(
            scope ->
                IntStream.of(1, 17, 400, 5_000)
                    .mapToObj(connections -> Arguments.of(scope, connections, seed)));
  }

  @ParameterizedTest(name = "{0}, {1} at once, seed {2}")
  @MethodSource("traffic")
  void everyByteIsCounted(Scope scope, int connections, long seed) {
    List<RandomConnection> all = new ArrayList<>();
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CapturedConnections captured = namespace.call(() -> capture(scope, cgroup, namespace))) {
      namespace.receiveSteering(true);
      CompletableFuture<Boolean> traffic =
          namespace.start(() -> run(namespace, connections, seed, all));
      // Under host scope the traffic of others is in the ring as well.
      Await.until("the traffic", () -> captured.drain() == 0 && traffic.isDone());
      traffic.join();
      captured.awaitEnds(2 * connections);
      captured.detach();
      captured.drain();
      assertThat(all).hasSize(connections);
      assertThat(captured.opens()).hasSize(2 * connections);
      assertThat(captured.ends()).hasSize(2 * connections);
      check(all, captured.ends());
      captured.assertSumsClose();
      if (scope == Scope.CGROUP) {
        assertThat(captured.seen(RecordKind.CLOSE)).isEqualTo(2L * connections);
        assertThat(captured.counters().unknown()).isZero();
      }
    } finally {
      all.forEach(RandomConnection::close);
    }
  }

  private static CapturedConnections capture(
      Scope scope, TestCgroup cgroup, TestNamespace namespace) {
    return new CapturedConnections(
        scope.path(cgroup), Set.of(namespace.cookie()), scope.settings());
  }

  /** All of them are open when the first of them sends. */
  private static boolean run(
      TestNamespace namespace, int connections, long seed, List<RandomConnection> all) {
    int most = Math.min(MOST_UNDER_WAY_BYTES, MOST_UNDER_WAY_IN_ALL_BYTES / connections);
    Random random = new Random(seed);
    for (int i = 0; i < connections; i++) {
      all.add(new RandomConnection(random, most));
    }
    return IntStream.range(0, WORKERS)
        .mapToObj(worker -> namespace.start(() -> drive(share(all, worker), seed + worker)))
        .toList()
        .stream()
        .allMatch(CompletableFuture::join);
  }

  private static List<RandomConnection> share(List<RandomConnection> all, int worker) {
    return IntStream.range(0, all.size())
        .filter(index -> index % WORKERS == worker)
        .mapToObj(all::get)
        .toList();
  }

  private static boolean drive(List<RandomConnection> connections, long seed) {
    Random random = new Random(seed);
    int steps = connections.isEmpty() ? 0 : Math.min(STEPS / WORKERS, 200 * connections.size());
    for (int i = 0; i < steps; i++) {
      connections.get(random.nextInt(connections.size())).step(random);
    }
    connections.forEach(connection -> connection.end(random));
    return true;
  }

  private static void check(List<RandomConnection> connections, List<ConnectionRecord> ends) {
    Map<Long, ConnectionRecord> byCookie =
        ends.stream()
            .collect(Collectors.toMap(ConnectionRecord::socketCookie, Function.identity()));
    SoftAssertions softly = new SoftAssertions();
    for (RandomConnection connection : connections) {
      RandomConnection.End client = connection.client();
      RandomConnection.End server = connection.server();
      ConnectionRecord clientRecord = byCookie.get(client.cookie());
      ConnectionRecord serverRecord = byCookie.get(server.cookie());
      if (connection.endedByFins()) {
        checkWell(softly, client, clientRecord, server);
        checkWell(softly, server, serverRecord, client);
      }
      checkBounds(softly, client, clientRecord, serverRecord);
      checkBounds(softly, server, serverRecord, clientRecord);
    }
    softly.assertAll();
    checkSums(connections, byCookie);
  }

  private static void checkWell(
      SoftAssertions softly,
      RandomConnection.End end,
      ConnectionRecord record,
      RandomConnection.End peer) {
    softly
        .assertThat(record.sentBytes())
        .as(() -> "sent: " + Records.text(record))
        .isEqualTo(end.sentBytes());
    softly.assertThat(record.receivedBytes()).as("received").isEqualTo(peer.sentBytes());
    softly.assertThat(end.readBytes()).as("read").isEqualTo(peer.sentBytes());
    softly.assertThat(record.finReceived()).as(() -> "FIN: " + Records.text(record)).isTrue();
    softly.assertThat(ErrorType.of(record)).as(() -> "error: " + Records.text(record)).isNull();
  }

  private static void checkBounds(
      SoftAssertions softly,
      RandomConnection.End end,
      ConnectionRecord record,
      ConnectionRecord peer) {
    softly
        .assertThat(peer.receivedBytes())
        .as(() -> "received: " + Records.text(record) + " and " + Records.text(peer))
        .isBetween(record.sentBytes(), end.sentBytes());
    softly
        .assertThat(record.sentBytes() + record.unackedBytes())
        .as(() -> "sent: " + Records.text(record))
        .isEqualTo(end.sentBytes());
    // What is in the socket's buffer can be read after the connection's end.
    softly
        .assertThat(end.readBytes())
        .as(() -> "read: " + Records.text(record))
        .isBetween(record.receivedBytes() - record.unreadBytes(), record.receivedBytes());
  }

  private static void checkSums(
      List<RandomConnection> connections, Map<Long, ConnectionRecord> byCookie) {
    long sent = 0;
    long reported = 0;
    for (RandomConnection connection : connections) {
      if (connection.endedByFins()) {
        sent += connection.client().sentBytes() + connection.server().sentBytes();
        reported += byCookie.get(connection.client().cookie()).receivedBytes();
        reported += byCookie.get(connection.server().cookie()).receivedBytes();
      }
    }
    assertThat(reported).isEqualTo(sent);
  }
}
