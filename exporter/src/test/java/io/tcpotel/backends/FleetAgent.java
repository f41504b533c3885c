// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** An agent of one host of the network, with all signals on. */
final class FleetAgent implements AutoCloseable {
  static final int METRIC_INTERVAL_MS = 1_000;

  private final List<String> command;
  private Program program;

  FleetAgent(TestNamespace host, TestCgroup watched, String endpoint, String... more) {
    List<String> arguments = new ArrayList<>(List.of(more));
    arguments.addAll(
        List.of(
            "--scope=cgroup:" + watched.path(),
            "--filter-netns=" + host.name(),
            "--endpoint=" + endpoint,
            "--signals=logs,metrics,traces",
            "--log-events=end,update,start",
            "--log-attributes=+tcpotel.event.name",
            "--metrics-by=address-pair",
            "--report-interval=1s"));
    arguments.addFirst("run");
    command = Program.commandLine(arguments.toArray(String[]::new));
  }

  /** Returns when it has attached. */
  FleetAgent start() {
    program =
        Program.start(
            Map.of("OTEL_METRIC_EXPORT_INTERVAL", Integer.toString(METRIC_INTERVAL_MS)), command);
    program.awaitMessage("watching");
    return this;
  }

  /** As a service manager does it: everything is sent. */
  void stop() {
    if (program.signal("TERM").await() != 0) {
      throw new AssertionError(program.messages());
    }
  }

  /** It reads nothing, so that its ring fills, until {@link #resume}. */
  void pause() {
    program.signal("STOP");
  }

  void resume() {
    program.signal("CONT");
  }

  String messages() {
    return program.messages();
  }

  @Override
  public void close() {
    program.close();
  }
}
