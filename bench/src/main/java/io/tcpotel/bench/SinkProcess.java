// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;

/** A receiver that counts, in a process of its own. */
public final class SinkProcess implements AutoCloseable {
  private static final String LISTENING = "listening on ";

  private final Process process;
  private final String address;

  private SinkProcess(Process process, String address) {
    this.process = process;
    this.address = address;
  }

  /** Returns when it listens. */
  public static SinkProcess start() throws IOException {
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                "io.tcpotel.cli.Main",
                "sink",
                "--listen",
                "127.0.0.1:0",
                "--output",
                "count")
            .redirectErrorStream(true)
            .start();
    return new SinkProcess(process, address(process.inputReader()));
  }

  private static String address(BufferedReader output) throws IOException {
    for (String line = output.readLine(); line != null; line = output.readLine()) {
      int at = line.indexOf(LISTENING);
      if (at >= 0) {
        return line.substring(at + LISTENING.length());
      }
    }
    throw new IOException("the receiver has ended");
  }

  public String endpoint() {
    return "http://" + address;
  }

  @Override
  public void close() {
    process.destroy();
    process.onExit().join();
  }
}
