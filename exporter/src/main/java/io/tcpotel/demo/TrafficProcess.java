// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import java.io.IOException;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * The process that makes the demo's traffic: says its three ports, connects five times a second,
 * and ends when its standard input does or, should that never happen, some time after the traffic.
 */
final class TrafficProcess {
  private static final long PERIOD_MS = 200;
  private static final long STAY_MS = 60_000;

  private TrafficProcess() {}

  /** Takes the time in which connections begin, in ms. */
  public static void main(String[] arguments) throws Exception {
    long timeMs = Long.parseLong(arguments[0]);
    CountDownLatch parentEnded = new CountDownLatch(1);
    Thread.ofPlatform().daemon().start(() -> awaitEndOfInput(parentEnded));
    List<TrafficServer> servers = servers();
    TrafficServer.Ports ports = servers.get(0).place().ports();
    System.out.println(ports.open() + " " + ports.closed() + " " + ports.late());
    long deadlineNs = System.nanoTime() + timeMs * 1_000_000;
    Encounter[] mix = Encounter.mix();
    int made = 0;
    while (System.nanoTime() < deadlineNs && !parentEnded.await(PERIOD_MS, TimeUnit.MILLISECONDS)) {
      Encounter encounter = mix[made % mix.length];
      TrafficServer server = servers.get(made / mix.length % servers.size());
      long leftMs = Math.max(1, (deadlineNs - System.nanoTime()) / 1_000_000);
      Thread.ofVirtual().start(() -> encounter.run(server.place(), server::acceptLate, leftMs));
      made++;
    }
    parentEnded.await(STAY_MS, TimeUnit.MILLISECONDS);
    for (TrafficServer server : servers) {
      server.close();
    }
  }

  /** IPv6 is left out where there is none. */
  private static List<TrafficServer> servers() throws IOException {
    List<TrafficServer> servers = new ArrayList<>();
    TrafficServer first =
        TrafficServer.start(InetAddress.getByName("127.0.0.1"), TrafficServer.Ports.ANY);
    servers.add(first);
    try {
      InetAddress v6 = InetAddress.getByName("::1");
      servers.add(TrafficServer.start(v6, first.place().ports()));
    } catch (IOException e) {
      // No IPv6 here, or a port has another owner there.
    }
    return servers;
  }

  private static void awaitEndOfInput(CountDownLatch ended) {
    try {
      while (System.in.read() >= 0) {
        // Nothing is ever written.
      }
    } catch (IOException e) {
      // Ended as well.
    }
    ended.countDown();
  }
}
