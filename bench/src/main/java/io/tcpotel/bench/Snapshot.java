// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.LiveWalks;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RingMapping;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.bpf.SocketWalk;
import io.tcpotel.bpf.TcpProbe;
import io.tcpotel.record.ConnectionRecord;
import java.nio.file.Path;

/**
 * Times walks over the connections of a cgroup, records read and all: Snapshot CGROUP WALKS
 * all|new. Prints "attached", then waits for a line of input, at which the connections must be
 * there; then, for each walk, records and milliseconds.
 */
final class Snapshot {
  private Snapshot() {}

  public static void main(String[] arguments) throws Exception {
    ProbeSettings settings =
        ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true)
            .withLiveReports(new LiveReports(0, arguments[2].equals("all")));
    ConnectionRecord view = new ConnectionRecord();
    long[] sums = new long[2];
    try (TcpProbe probe = TcpProbe.load(settings);
        RingMapping ring = probe.mapRing()) {
      LiveWalks walks = probe.liveWalks();
      RingReader reader = ring.reader();
      probe.attach(Path.of(arguments[0]));
      System.out.println("attached");
      while (System.in.available() == 0) {
        reader.drain((data, offset, length) -> {});
        Thread.sleep(1);
      }
      System.in.read();
      for (int i = 0; i < Integer.parseInt(arguments[1]); i++) {
        sums[0] = 0;
        long startNs = System.nanoTime();
        try (SocketWalk walk = walks.begin()) {
          while (walk.step()) {
            reader.drain(
                (data, offset, length) -> {
                  sums[0]++;
                  sums[1] += view.copyFrom(data, offset).sentBytes();
                });
          }
        }
        long us = (System.nanoTime() - startNs) / 1000;
        System.out.printf("%d %d.%03d%n", sums[0], us / 1000, us % 1000);
      }
    }
  }
}
