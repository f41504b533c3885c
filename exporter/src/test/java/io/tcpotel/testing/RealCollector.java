// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;

/**
 * The OpenTelemetry Collector in a process of its own, with the configuration of this repository,
 * born in the namespace and cgroup of the thread that starts it; killed on close.
 */
public final class RealCollector implements AutoCloseable {
  /** Where it listens unless told otherwise. */
  public static final int PORT = 4317;

  /** The one in this repository. */
  public static final Path CONFIGURATION = Path.of("../otel-config/collector.yaml");

  private final Program program;

  private RealCollector(Program program) {
    this.program = program;
  }

  /** Returns once it takes requests; what it gets is appended to {@code file}. */
  public static RealCollector start(Path file) {
    return start(file, CONFIGURATION);
  }

  /** The same with another configuration. */
  public static RealCollector start(Path file, Path configuration) {
    RealCollector collector = new RealCollector(command(file, configuration, List.of()));
    try {
      collector.program.awaitMessage("Everything is ready");
      return collector;
    } catch (AssertionError e) {
      collector.close();
      throw e;
    }
  }

  /** Has it read the configuration and nothing else. */
  public static Program validate(Path file, Path configuration) {
    return command(file, configuration, List.of("validate"));
  }

  private static Program command(Path file, Path configuration, List<String> verb) {
    String path = System.getenv(CollectorRequirement.PROGRAM);
    Assertions.assertNotNull(path, CollectorRequirement.PROGRAM);
    List<String> words = new ArrayList<>(List.of(path));
    words.addAll(verb);
    words.add("--config=" + configuration);
    return Program.start(Map.of("COLLECTOR_FILE", file.toString()), words);
  }

  /** Ends it as a service manager does: what it has taken is written. Returns the exit code. */
  public int stop() {
    return program.signal("TERM").await();
  }

  /** What the debug exporter printed. */
  public List<String> printed() {
    return program.outputLines();
  }

  public String messages() {
    return program.messages();
  }

  @Override
  public void close() {
    program.close();
  }
}
