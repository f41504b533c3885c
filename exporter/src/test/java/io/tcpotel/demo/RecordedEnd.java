// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.tcpotel.testing.Program;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

/**
 * A process of one workload: a server at the addresses that are its arguments, until it is killed,
 * or a client of the servers that its arguments say.
 */
final class RecordedEnd {
  private static final long PERIOD_MS = 450;

  /** Connections of a client that begin later would not end in time. */
  private static final long LAST_BEFORE_END_MS = 1500;

  private RecordedEnd() {}

  /** A server: says a {@link #server} for each address on one line. */
  static List<String> serverLine(Path cgroup, String... addresses) {
    return line(cgroup, "server", List.of(addresses));
  }

  /**
   * A client, which ends after {@code lengthMs}.
   *
   * @param servers what servers have said
   */
  static List<String> clientLine(Path cgroup, long lengthMs, List<String> servers) {
    return line(cgroup, Long.toString(lengthMs), servers);
  }

  private static List<String> line(Path cgroup, String role, List<String> more) {
    List<String> line = new ArrayList<>(List.of("sh", "-c"));
    line.add("echo $$ >\"$0\"/cgroup.procs && exec \"$@\"");
    line.add(cgroup.toString());
    List<String> program = Program.commandLine(role);
    program.set(program.size() - 2, RecordedEnd.class.getName());
    line.addAll(program);
    line.addAll(more);
    return line;
  }

  /** A role and, for a server, addresses, or for a client, servers. */
  public static void main(String[] arguments) throws Exception {
    List<String> more = List.of(arguments).subList(1, arguments.length);
    if (arguments[0].equals("server")) {
      serve(more);
    } else {
      meet(more.stream().map(RecordedEnd::server).toList(), Long.parseLong(arguments[0]));
    }
  }

  private static void serve(List<String> addresses) throws Exception {
    StringBuilder said = new StringBuilder("serving");
    for (String address : addresses) {
      TrafficServer.Place place =
          TrafficServer.start(InetAddress.getByName(address), TrafficServer.Ports.ANY).place();
      said.append(' ').append(address).append('/').append(place.ports().open());
      said.append('/').append(place.ports().closed());
    }
    System.out.println(said);
    Thread.sleep(Long.MAX_VALUE);
  }

  private static TrafficServer.Place server(String said) {
    String[] parts = said.split("/");
    try {
      return new TrafficServer.Place(
          InetAddress.getByName(parts[0]),
          new TrafficServer.Ports(Integer.parseInt(parts[1]), Integer.parseInt(parts[2]), 0));
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(said, e);
    }
  }

  private static void meet(List<TrafficServer.Place> servers, long lengthMs) throws Exception {
    // The server is another process: it cannot be told to accept late.
    List<Encounter> mix =
        Stream.of(Encounter.mix()).filter(each -> each != Encounter.QUEUED).toList();
    long endNs = System.nanoTime() + (lengthMs - LAST_BEFORE_END_MS) * 1_000_000;
    try (ExecutorService running = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int made = 0; System.nanoTime() < endNs; made++) {
        Encounter encounter = mix.get(made % mix.size());
        TrafficServer.Place server = servers.get(made % servers.size());
        running.execute(() -> encounter.run(server, () -> {}, lengthMs));
        Thread.sleep(PERIOD_MS);
      }
    }
  }
}
