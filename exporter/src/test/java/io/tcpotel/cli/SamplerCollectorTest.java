// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.testing.CollectorTest;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.OtlpLines;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import io.tcpotel.testing.SumsText;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Thinned log records through the Collector's {@code probabilistic_sampler}. */
@CollectorTest
class SamplerCollectorTest {
  private static final int CLOSED = 20_000;
  private static final int FAILED = 2_000;
  private static final int OPENED = 4_000;
  private static final double END = Math.pow(2, 56);

  @TempDir Path folder;

  /** Ends and starts in any order, within eight seconds. */
  private Path recording() throws IOException {
    Random random = new Random(56);
    List<RecordImage> records = new ArrayList<>();
    for (int i = 0; i < CLOSED; i++) {
      records.add(RecordImage.close().isns(random.nextInt(), random.nextInt()));
    }
    for (int i = 0; i < FAILED; i++) {
      records.add(RecordImage.failure().isns(random.nextInt(), 0));
    }
    for (int i = 0; i < OPENED; i++) {
      records.add(RecordImage.open().isns(random.nextInt(), random.nextInt()));
    }
    Collections.shuffle(records, random);
    for (int i = 0; i < records.size(); i++) {
      records.get(i).socketCookie(i + 1).closeNs(300_000L * i);
    }
    return Files.write(folder.resolve("conns"), RecordingBytes.of(records));
  }

  private Path configuration(String mode, int port) throws IOException {
    String text = Files.readString(Path.of("../otel-config/sampling.yaml"));
    return Files.writeString(
        folder.resolve("sampling.yaml"),
        text.replace("${env:COLLECTOR_LISTEN:-127.0.0.1:4317}", "127.0.0.1:" + port)
            .replace("${env:COLLECTOR_SAMPLING:-equalizing}", mode));
  }

  /** The log records behind the sampler, of all that {@code options} leave. */
  private List<LogRecord> through(String mode, String... options) throws IOException {
    int port = FreePort.find();
    Path file = folder.resolve("out.jsonl");
    List<String> arguments =
        new ArrayList<>(
            List.of("replay", recording().toString(), "--endpoint", "127.0.0.1:" + port));
    arguments.addAll(List.of("--speed=max", "--signals=logs", "--log-events=end,start"));
    arguments.addAll(List.of(options));
    try (RealCollector collector = RealCollector.start(file, configuration(mode, port));
        Program replay = Program.start(arguments.toArray(String[]::new))) {
      assertThat(replay.await(Duration.ofSeconds(120))).as(replay.messages()).isZero();
      SumsText sums = new SumsText(replay.messages());
      assertThat(sums.unequal()).isEmpty();
      assertThat(sums.get("thinning.due")).isEqualTo(CLOSED + FAILED + OPENED);
      assertThat(sums.get("logs.exported")).isEqualTo(sums.get("thinning.kept"));
      assertThat(sums.get("thinning.rate_used_up")).isZero();
      assertThat(collector.stop()).isZero();
      assertThat(collector.messages()).doesNotContain("sampler", "sampling", "randomness");
    }
    List<LogRecord> logs = new ArrayList<>();
    new OtlpLines(Files.readAllLines(file))
        .logsByConnection()
        .values()
        .forEach(sent -> sent.forEach(one -> logs.add(one.message())));
    return logs;
  }

  private static String attribute(LogRecord log, String key) {
    return log.getAttributesList().stream()
        .filter(attribute -> attribute.getKey().equals(key))
        .map(attribute -> attribute.getValue().getStringValue())
        .findFirst()
        .orElse("");
  }

  private static double probability(LogRecord log) {
    String threshold = attribute(log, "sampling.threshold");
    String padded = (threshold + "0".repeat(14)).substring(0, 14);
    return 1 - new BigInteger(padded, 16).doubleValue() / END;
  }

  private static void standFor(List<LogRecord> logs, String event, boolean failed, int count) {
    double sum = 0;
    double variance = 0;
    for (LogRecord log : logs) {
      boolean isFailure = !attribute(log, "error.type").isEmpty();
      if (log.getEventName().endsWith(event) && isFailure == failed) {
        double probability = probability(log);
        sum += 1 / probability;
        variance += (1 - probability) / (probability * probability);
      }
    }
    assertThat(Math.abs(sum - count))
        .as("%s %s", event, failed)
        .isLessThan(3 * Math.sqrt(variance));
  }

  @ParameterizedTest
  @CsvSource({
    "equalizing, --pair-ids=on, --log-one-in=4",
    "equalizing, --pair-ids=off, --log-one-in=4",
    "proportional, --pair-ids=on, --log-one-in=2.5",
    "proportional, --pair-ids=off, --log-one-in=2.5",
    "equalizing, --pair-ids=on, --log-rate=1500",
    "proportional, --pair-ids=on, --log-rate=1500",
  })
  void nothingIsRefusedAndTheRestStandsForAll(String mode, String ids, String thinning)
      throws IOException {
    List<LogRecord> logs = through(mode, ids, thinning, "--log-keep=failed");
    assertThat(logs).hasSizeBetween(500, 8000);
    standFor(logs, ".end", false, CLOSED);
    standFor(logs, ".end", true, FAILED);
    standFor(logs, ".start", false, OPENED);
  }
}
