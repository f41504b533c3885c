// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.tcpotel.testing.Endpoint;
import io.tcpotel.testing.TestNetwork;
import io.tcpotel.testing.TestSocket;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The traffic of the recording that is in the jar: the demo's own, and the same between two network
 * namespaces, 5 ms apart, with losses and with a send buffer that is too small for the path.
 * docs/recording.md says how it is recorded.
 */
final class RecordedTraffic {
  private static final Duration ONE_WAY = Duration.ofMillis(2).plusNanos(500_000);
  private static final long PERIOD_MS = 450;
  private static final long LENGTH_MS = 8500;
  private static final int MESSAGES = 40;
  private static final int SMALL_BYTES = 100;
  private static final int LARGE_BYTES = 5000;

  private RecordedTraffic() {}

  /** Begins when its standard input says so or ends. */
  public static void main(String[] arguments) throws Exception {
    try (TestNetwork network = TestNetwork.create(ONE_WAY)) {
      network.forward("ip protocol tcp ip length > 1000 numgen random mod 100 < 1 drop");
      System.out.println("ready");
      System.in.read();
      try (TrafficServer v4 = server(network, true);
          TrafficServer v6 = server(network, false)) {
        DemoTraffic loopback = DemoTraffic.start(Duration.ofMillis(LENGTH_MS));
        meet(network, List.of(v4, v6));
        loopback.close();
      }
    }
  }

  private static TrafficServer server(TestNetwork network, boolean v4) {
    InetAddress address = network.server().call(() -> InetAddress.getByName(serverOf(v4)));
    return network.server().call(() -> TrafficServer.start(address, TrafficServer.Ports.ANY));
  }

  private static String serverOf(boolean v4) {
    return TestNetwork.serverAddress(v4);
  }

  private static void meet(TestNetwork network, List<TrafficServer> servers) throws Exception {
    long endNs = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(LENGTH_MS);
    List<Future<?>> running = new ArrayList<>();
    Encounter[] mix = Encounter.mix();
    for (int made = 0; System.nanoTime() < endNs - 1_500_000_000L; made++) {
      Encounter encounter = mix[made % mix.length];
      TrafficServer server = servers.get(made % servers.size());
      running.add(
          network
              .client()
              .start(
                  () -> {
                    encounter.run(server, LENGTH_MS);
                    return null;
                  }));
      if (made == 2 || made == 3) {
        boolean v4 = made == 2;
        running.add(network.client().start(() -> send(network, v4)));
      }
      Thread.sleep(PERIOD_MS);
    }
    for (Future<?> each : running) {
      each.get();
    }
  }

  /** Messages that the kernel does not join: the large ones wait for room in the buffer. */
  private static Void send(TestNetwork network, boolean v4) {
    Endpoint any = Endpoint.of(TestNetwork.serverAddress(v4), 0);
    try (TestSocket listener =
            network.server().call(() -> TestSocket.listening(any).receiveBufferBytes(8192));
        TestSocket client = TestSocket.like(any).sendBufferBytes(4096)) {
      client.connect(listener.localEndpoint());
      try (TestSocket server = listener.accept()) {
        Thread reader =
            Thread.ofPlatform()
                .start(() -> server.receiveExactly(MESSAGES * (2 * SMALL_BYTES + LARGE_BYTES)));
        for (int i = 0; i < MESSAGES; i++) {
          client.sendMessage(SMALL_BYTES);
          client.sendMessage(SMALL_BYTES);
          client.sendMessage(LARGE_BYTES);
        }
        reader.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    return null;
  }
}
