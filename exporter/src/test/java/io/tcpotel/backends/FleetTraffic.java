// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.List;
import java.util.stream.Stream;

/** Connections of each kind between two hosts, with numbers that differ everywhere. */
final class FleetTraffic implements AutoCloseable {
  private static final List<String> RULES =
      Stream.concat(FailingTraffic.RULES.stream(), SlowTraffic.RULES.stream()).toList();

  private final Dialing dialing;
  private final FailingTraffic failing;
  private final ShortTraffic shortOnes;
  private final SlowTraffic slow;
  private final OpenTraffic open;

  FleetTraffic(Dialing dialing) {
    this.dialing = dialing;
    failing = new FailingTraffic(dialing);
    shortOnes = new ShortTraffic(dialing);
    slow = new SlowTraffic(dialing, RULES);
    open = new OpenTraffic(dialing, RULES);
    setUpNetwork();
  }

  private void setUpNetwork() {
    dialing.network().router().sysctl("net.ipv4.icmp_ratelimit", "0");
    // Without tail loss probes, which retransmit what nothing says is lost.
    dialing.network().client().sysctl("net.ipv4.tcp_early_retrans", "0");
    dialing.network().server().sysctl("net.ipv4.tcp_early_retrans", "0");
    dialing.network().forward(RULES.toArray(String[]::new));
    dialing
        .network()
        .translate(
            "ip daddr "
                + Dialing.VIRTUAL
                + " tcp dport "
                + FleetPorts.TRANSLATED
                + " dnat ip to 198.18.2.2:"
                + FleetPorts.TRANSLATED_SERVER);
    dialing
        .network()
        .translateSources(
            "meta nfproto ipv4 tcp dport "
                + FleetPorts.MASQUERADED
                + " masquerade to :"
                + FleetPorts.FIRST_MASQUERADE
                + "-"
                + FleetPorts.LAST_MASQUERADE);
  }

  void beforeRestart() {
    shortOnes.at(FleetPorts.RESTART, 31, 157, 163);
  }

  void afterRestart() {
    open.begin();
    shortOnes.at(FleetPorts.RESTART, 22, 157, 163);
  }

  void intoFullRing() {
    shortOnes.near(FleetPorts.FULL_RING, 65);
  }

  void withoutCollector() {
    shortOnes.at(FleetPorts.WITHOUT_COLLECTOR, 40, 167, 173);
  }

  void run() {
    failing.run();
    shortOnes.run();
    slow.run();
    open.run();
    failing.burst();
    open.awaitStalled();
  }

  /** SYNs that found an accept queue full. */
  long queueDrops() {
    return open.queueDrops();
  }

  @Override
  public void close() {
    open.close();
  }
}
