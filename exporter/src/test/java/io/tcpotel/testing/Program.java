// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The program in a process of its own, from this test's class path; killed on close if it still
 * runs.
 */
public final class Program implements AutoCloseable {
  private final Process process;
  private final List<String> out = new ArrayList<>();
  private final List<String> err = new ArrayList<>();
  private final Thread outReader;
  private final Thread errReader;

  private Program(Process process) {
    this.process = process;
    this.outReader = read(process.getInputStream(), out);
    this.errReader = read(process.getErrorStream(), err);
  }

  private static Thread read(InputStream from, List<String> lines) {
    return Thread.ofPlatform()
        .daemon()
        .start(
            () -> {
              try (BufferedReader reader =
                  new BufferedReader(new InputStreamReader(from, StandardCharsets.UTF_8))) {
                for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                  synchronized (lines) {
                    lines.add(line);
                    lines.notifyAll();
                  }
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
  }

  /** The command line of the program itself, to be put behind others such as setpriv. */
  public static List<String> commandLine(String... arguments) {
    List<String> line =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "io.tcpotel.cli.Main"));
    line.addAll(List.of(arguments));
    return line;
  }

  public static Program start(String... arguments) {
    return start(Map.of(), commandLine(arguments));
  }

  /**
   * {@code environment} is added to this process' own, without its OTEL_ and TCPOTEL_ variables.
   */
  public static Program start(Map<String, String> environment, List<String> command) {
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().keySet().removeIf(name -> name.startsWith("OTEL_"));
    builder.environment().keySet().removeIf(name -> name.startsWith("TCPOTEL_"));
    builder.environment().putAll(environment);
    try {
      return new Program(builder.start());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public long pid() {
    return process.pid();
  }

  /** Waits for a line of stderr in which {@code pattern} is found. */
  public Matcher awaitMessage(String pattern) {
    return await(err, Pattern.compile(pattern));
  }

  /** Waits for a line of stdout in which {@code pattern} is found. */
  public Matcher awaitOutput(String pattern) {
    return await(out, Pattern.compile(pattern));
  }

  private Matcher await(List<String> lines, Pattern pattern) {
    long deadlineNs = System.nanoTime() + Await.LIMIT.toNanos();
    int seen = 0;
    synchronized (lines) {
      while (System.nanoTime() < deadlineNs) {
        for (; seen < lines.size(); seen++) {
          Matcher matcher = pattern.matcher(lines.get(seen));
          if (matcher.find()) {
            return matcher;
          }
        }
        try {
          lines.wait(100);
        } catch (InterruptedException e) {
          throw new IllegalStateException(e);
        }
      }
    }
    throw new AssertionError("no line with " + pattern + " in:\n" + messages() + output());
  }

  /** Sends a signal by its name without SIG. */
  public Program signal(String name) {
    TestCommand.run("kill", "-" + name, Long.toString(process.pid()));
    return this;
  }

  /** Waits for the end; returns the exit code. */
  public int await() {
    return await(Await.LIMIT);
  }

  public int await(Duration limit) {
    try {
      if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
        throw new AssertionError("still running after " + limit + ":\n" + messages());
      }
      outReader.join();
      errReader.join();
      return process.exitValue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What came on stderr so far. */
  public String messages() {
    return text(err);
  }

  /** What came on stdout so far. */
  public String output() {
    return text(out);
  }

  /** The lines of stdout so far. */
  public List<String> outputLines() {
    synchronized (out) {
      return List.copyOf(out);
    }
  }

  private static String text(List<String> lines) {
    synchronized (lines) {
      return String.join("\n", lines) + (lines.isEmpty() ? "" : "\n");
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    await();
  }
}
