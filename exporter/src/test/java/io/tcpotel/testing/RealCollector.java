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
    return start(environment(file), List.of(configuration.toString()));
  }

  /**
   * With further variables.
   *
   * @param configurations as its {@code --config} takes them, each merged into those before it
   */
  public static RealCollector start(Map<String, String> environment, List<String> configurations) {
    RealCollector collector = new RealCollector(command(environment, configurations, List.of()));
    try {
      collector.awaitMessage("Everything is ready");
      return collector;
    } catch (AssertionError e) {
      collector.close();
      throw e;
    }
  }

  /** Has it read the configuration and nothing else. */
  public static Program validate(Path file, Path configuration) {
    return validate(environment(file), List.of(configuration.toString()));
  }

  /** Likewise, of several. */
  public static Program validate(Map<String, String> environment, List<String> configurations) {
    return command(environment, configurations, List.of("validate"));
  }

  private static Map<String, String> environment(Path file) {
    return Map.of("COLLECTOR_FILE", file.toString());
  }

  private static Program command(
      Map<String, String> environment, List<String> configurations, List<String> verb) {
    String path = System.getenv(CollectorRequirement.PROGRAM);
    Assertions.assertNotNull(path, CollectorRequirement.PROGRAM);
    List<String> words = new ArrayList<>(List.of(path));
    words.addAll(verb);
    configurations.forEach(each -> words.add("--config=" + each));
    return Program.start(environment, words);
  }

  /** Ends it as a service manager does: what it has taken is written. Returns the exit code. */
  public int stop() {
    return signal("TERM").await();
  }

  /** Sends it a signal by its name without SIG. */
  public Program signal(String name) {
    return program.signal(name);
  }

  /** Waits for a message in which {@code pattern} is found. */
  public void awaitMessage(String pattern) {
    program.awaitMessage(pattern);
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
