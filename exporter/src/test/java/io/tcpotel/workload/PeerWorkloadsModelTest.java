// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.RecordImage;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * A host of several namespaces, whose connections are made here, so that each peer is known: no
 * answer is wrong, and few are missing.
 */
class PeerWorkloadsModelTest {
  private static final int NAMESPACES = 12;
  private static final int WORKLOADS_EACH = 3;
  private static final int STEPS = 200_000;

  private final Random random = new Random(15);
  private final PeerWorkloads peers = new PeerWorkloads();
  private final List<Process> processes = new ArrayList<>();
  private final List<Connection> open = new ArrayList<>();
  private final ConnectionRecord record = new ConnectionRecord();
  private long nowNs = 1;
  private int port = 32768;
  private int closes;
  private int known;

  private record Process(int netns, Workload workload, int serverPort) {
    String address() {
      return "10.0.0." + netns;
    }
  }

  private record Connection(Process client, Process server, boolean loopback, int clientPort) {}

  PeerWorkloadsModelTest() {
    WorkloadTable table =
        new WorkloadTable(id -> "/docker/" + "%064x".formatted(id), id -> false, 1000);
    for (int i = 0; i < NAMESPACES * WORKLOADS_EACH; i++) {
      processes.add(new Process(1 + i / WORKLOADS_EACH, table.of(i + 1), 1000 + i));
    }
  }

  private Workload take(RecordImage image, Connection connection, boolean atClient) {
    Process local = atClient ? connection.client : connection.server;
    Process peer = atClient ? connection.server : connection.client;
    int serverPort = connection.server.serverPort;
    image.localAddress(connection.loopback ? "127.0.0.1" : local.address());
    image.peerAddress(connection.loopback ? "127.0.0.1" : peer.address());
    image.direction(atClient ? 2 : 1);
    image.ports(
        atClient ? connection.clientPort : serverPort,
        atClient ? serverPort : connection.clientPort);
    tcp_probe_info.netns_cookie(image.data(), 5000 + local.netns);
    Workload answer = peers.take(record.copyFrom(image.data(), 0), local.workload);
    if (answer != null) {
      assertThat(answer).as("%s, at the client: %s", connection, atClient).isSameAs(peer.workload);
    }
    return answer;
  }

  private void begin() {
    Process client = processes.get(random.nextInt(processes.size()));
    Process server = processes.get(random.nextInt(processes.size()));
    boolean loopback = client.netns == server.netns && random.nextBoolean();
    port = port == 60999 ? 32768 : port + 1;
    Connection begun = new Connection(client, server, loopback, port);
    if (random.nextInt(10) == 0) {
      take(RecordImage.failure(), begun, true);
    } else if (client != server) {
      take(RecordImage.open(), begun, true);
      take(RecordImage.open(), begun, false);
      open.add(begun);
    }
  }

  private void end() {
    Connection ended = open.remove(random.nextInt(open.size()));
    boolean clientFirst = random.nextBoolean();
    for (boolean atClient : new boolean[] {clientFirst, !clientFirst}) {
      known += take(RecordImage.close(), ended, atClient) == null ? 0 : 1;
      closes++;
    }
  }

  private void listen() {
    Process server = processes.get(random.nextInt(processes.size()));
    long anyOfIpv4 = Long.reverseBytes(0xffff_0000_0000L);
    long second = random.nextBoolean() ? 0 : anyOfIpv4;
    peers.addListener(5000 + server.netns, 0, second, server.serverPort, server.workload);
  }

  @Test
  void noPeerIsWrongAndNearlyAllAreKnown() {
    // Who shares an address must have used it, else it is taken for that of the other.
    for (Process each : processes) {
      take(RecordImage.failure(), new Connection(each, each, false, 1), true);
    }
    for (int i = 0; i < STEPS; i++) {
      nowNs += random.nextLong(TimeUnit.MILLISECONDS.toNanos(20));
      peers.tick(nowNs);
      switch (random.nextInt(3)) {
        case 0 -> begin();
        case 1 -> {
          if (!open.isEmpty()) {
            end();
          }
        }
        default -> listen();
      }
    }
    assertThat(closes).isGreaterThan(50_000);
    assertThat((double) known / closes).isGreaterThan(0.999);
  }
}
