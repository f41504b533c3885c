// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.Messages;
import io.tcpotel.recording.Recording;
import java.nio.file.Path;

/**
 * Sends a capture again and again in one way, and prints what that takes: Throughput SUBJECT
 * HOST:PORT RECORDING WARM_UP_SECONDS SECONDS. Prints log records per second, ns of CPU and of it
 * the compilers', bytes allocated and bytes on the wire per log record, and how many were sent in
 * all, warm-up included.
 */
final class Throughput {
  /** What the compilers may still take of one CPU when the warm-up ends. */
  private static final double IDLE_COMPILERS = 0.01;

  private static final int LOOK_SECONDS = 3;

  /**
   * A slow machine needs several times as long; one that never settles is measured all the same.
   */
  private static final int LONGEST_WARM_UPS = 6;

  private final Subject subject;

  private Throughput(Subject subject) {
    this.subject = subject;
  }

  public static void main(String[] arguments) throws Exception {
    try (Recording recording = Recording.read(Path.of(arguments[2]), new Messages(System.err));
        Subject subject = subject(arguments[0], arguments[1], recording)) {
      Throughput throughput = new Throughput(subject);
      throughput.warmUp(Long.parseLong(arguments[3]));
      throughput.measure(Long.parseLong(arguments[4]));
    }
  }

  private static Subject subject(String name, String address, Recording recording)
      throws Exception {
    return switch (name) {
      case "tcpotel" -> new PipelineSubject("http://" + address, recording);
      case "tcpotel-100" -> PipelineSubject.withContainers("http://" + address, recording);
      case "tcpotel-spans" -> PipelineSubject.withSpans("http://" + address, recording);
      case "sdk" -> SdkSubject.overNetty("http://" + address, recording);
      case "sdk-spans" -> SdkSubject.withSpans("http://" + address, recording);
      case "sdk-okhttp" -> SdkSubject.overOkHttp("http://" + address, recording);
      case "floor" -> new FloorSubject("http://" + address, recording);
      case "tcp" -> new TcpSubject(address, recording);
      default -> throw new IllegalArgumentException(name);
    };
  }

  /** Ends when the compilers are idle: what they take belongs to the start, not to a record. */
  private void warmUp(long seconds) throws Exception {
    runFor(seconds);
    for (long more = 0; more < seconds * (LONGEST_WARM_UPS - 1); more += LOOK_SECONDS) {
      Costs begin = Costs.now();
      runFor(LOOK_SECONDS);
      Costs used = Costs.now().since(begin);
      if (used.compilersNs() < used.timeNs() * IDLE_COMPILERS) {
        return;
      }
    }
  }

  private void runFor(long seconds) throws Exception {
    long endNs = System.nanoTime() + seconds * 1_000_000_000;
    while (System.nanoTime() < endNs) {
      subject.pass();
    }
  }

  private void measure(long seconds) throws Exception {
    long before = subject.arrived();
    Costs begin = Costs.now();
    runFor(seconds);
    Costs used = Costs.now().since(begin);
    double records = subject.arrived() - before;
    subject.finish();
    System.out.printf(
        "%.0f %.1f %.1f %.1f %.1f %d%n",
        records * 1e9 / used.timeNs(),
        used.cpuNs() / records,
        used.compilersNs() / records,
        used.allocatedBytes() / records,
        used.wireBytes() / records,
        subject.handed());
  }
}
