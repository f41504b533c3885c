// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import io.tcpotel.Failure;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The demo's own traffic, in a process of its own: this process' connections are not reported. It
 * ends with this process, however that ends, because the pipe to it is closed then.
 */
public final class DemoTraffic implements AutoCloseable {
  private static final Pattern READY = Pattern.compile("(\\d+) (\\d+) (\\d+)");
  private static final Duration LAST_ENDS = Duration.ofSeconds(1);
  private static final long END_MS = 2000;

  private final Process process;
  private final TrafficServer.Ports ports;

  private DemoTraffic(Process process, TrafficServer.Ports ports) {
    this.process = process;
    this.ports = ports;
  }

  /** Starts it; new connections come until shortly before {@code limit} is over. */
  public static DemoTraffic start(Duration limit) {
    Duration half = limit.dividedBy(2);
    Duration time = limit.minus(LAST_ENDS);
    Process process = startProcess(time.compareTo(half) < 0 ? half : time);
    try {
      BufferedReader out =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
      String line = out.readLine();
      Matcher ready = READY.matcher(line == null ? "" : line);
      if (!ready.matches()) {
        process.destroyForcibly();
        throw failure("its process did not start (said " + line + ")", null);
      }
      return new DemoTraffic(
          process,
          new TrafficServer.Ports(
              Integer.parseInt(ready.group(1)),
              Integer.parseInt(ready.group(2)),
              Integer.parseInt(ready.group(3))));
    } catch (IOException e) {
      process.destroyForcibly();
      throw failure(e.getMessage(), e);
    }
  }

  private static Process startProcess(Duration time) {
    ProcessBuilder builder =
        new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx64m",
                "-XX:+DisableAttachMechanism",
                "-cp",
                System.getProperty("java.class.path"),
                TrafficProcess.class.getName(),
                Long.toString(time.toMillis())));
    // What is meant for this process, as a debugger's port, the other could not have as well.
    builder
        .environment()
        .keySet()
        .removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"));
    try {
      return builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    } catch (IOException e) {
      throw failure(e.getMessage(), e);
    }
  }

  private static Failure failure(String reason, IOException cause) {
    return Failure.running(
        "demo's traffic", reason, "'tcpotel tail' shows connections without any of its own", cause);
  }

  /** Where the traffic goes. */
  public int openPort() {
    return ports.open();
  }

  /** Where it is refused. */
  public int closedPort() {
    return ports.closed();
  }

  /** Where it waits to be accepted, or finds no room to wait. */
  public int latePort() {
    return ports.late();
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      // It has ended already: there is nobody to tell.
    }
    try {
      if (!process.waitFor(END_MS, TimeUnit.MILLISECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
