// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import io.tcpotel.testing.TestNetwork;
import java.util.Set;

/** A probe at each side of a network, which takes the ends of its own host alone. */
final class TwoHosts implements AutoCloseable {
  private static final ProbeSettings SETTINGS =
      ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true)
          .withLiveReports(new LiveReports(0, true));

  private final TestCgroup cgroup;
  private final CapturedConnections client;
  private final CapturedConnections server;

  private TwoHosts(TestCgroup cgroup, CapturedConnections client, CapturedConnections server) {
    this.cgroup = cgroup;
    this.client = client;
    this.server = server;
  }

  /** For connections that begin from now on, of this process. */
  static TwoHosts watch(TestNetwork network) {
    TestCgroup cgroup = TestCgroup.create().join();
    return new TwoHosts(cgroup, watch(cgroup, network.client()), watch(cgroup, network.server()));
  }

  /** The probe of one host. */
  static CapturedConnections watch(TestCgroup cgroup, TestNamespace host) {
    return new CapturedConnections(cgroup.path(), Set.of(host.cookie()), SETTINGS);
  }

  TestCgroup cgroup() {
    return cgroup;
  }

  CapturedConnections client() {
    return client;
  }

  CapturedConnections server() {
    return server;
  }

  /** Until each host has that many ends, in all. */
  void awaitEnds(int count) {
    client.awaitEnds(count);
    server.awaitEnds(count);
  }

  EndIds idsAtClient(long cookie) {
    return EndIds.of(client.endOf(cookie));
  }

  EndIds idsAtServer(long cookie) {
    return EndIds.of(server.endOf(cookie));
  }

  /** The client's end and the server's of a connection that is over are one trace. */
  void assertPaired(long clientCookie, long serverCookie) {
    idsAtServer(serverCookie).assertServerOf(idsAtClient(clientCookie));
  }

  @Override
  public void close() {
    client.close();
    server.close();
    cgroup.close();
  }
}
