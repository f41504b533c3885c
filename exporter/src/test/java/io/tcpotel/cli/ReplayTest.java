// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.telemetry.EncodedLogs;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.SumsText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code replay} in a process of its own, into a collector in this one. */
@Timeout(Await.TEST_SECONDS)
class ReplayTest {
  private static final long HOUR_NS = 3_600_000_000_000L;

  @TempDir private Path folder;

  private final ScriptedCollector collector = ScriptedCollector.start();

  @AfterEach
  void close() {
    collector.close();
  }

  private Path capture(List<RecordImage> records) throws IOException {
    return Files.write(folder.resolve("conns"), RecordingBytes.of(records));
  }

  private Program replay(Path file, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("replay", file.toString(), "--endpoint", collector.endpoint()));
    arguments.addAll(List.of(options));
    return Program.start(arguments.toArray(String[]::new));
  }

  /** As those of Docker Compose. */
  @Test
  void aNameWithAnUnderscoreIsLookedUp() throws IOException {
    Path hosts = Files.writeString(folder.resolve("hosts"), "127.0.0.1 otel_collector\n");
    String endpoint = collector.endpoint().replace("127.0.0.1", "otel_collector");
    List<String> line =
        Program.commandLine(
            "replay", capture(List.of(RecordImage.close())).toString(), "--endpoint", endpoint);
    line.add(1, "-Djdk.net.hosts.file=" + hosts);
    awaitSuccess(Program.start(Map.of(), line));
    assertThat(collector.accepted()).hasSize(1);
  }

  private static SumsText awaitSuccess(Program program) {
    try (program) {
      assertThat(program.await(java.time.Duration.ofSeconds(120))).as(program.messages()).isZero();
      SumsText sums = new SumsText(program.messages());
      assertThat(sums.unequal()).isEmpty();
      return sums;
    }
  }

  /** As the encoder writes it, without the time of the reading. */
  private static List<LogRecord> encoded(List<RecordImage> records) {
    byte[] request = EncodedLogs.request(Resource.empty(), records);
    return unobserved(
        EncodedLogs.parse(request).getResourceLogs(0).getScopeLogs(0).getLogRecordsList());
  }

  private static List<LogRecord> unobserved(List<LogRecord> records) {
    return records.stream().map(it -> it.toBuilder().clearObservedTimeUnixNano().build()).toList();
  }

  private static List<RecordImage> reports(int count) {
    Random random = new Random(count);
    List<RecordImage> records = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      records.add(AnyRecord.reported(random));
    }
    return records;
  }

  private long attempts() {
    Metric last =
        collector.acceptedMetrics().stream()
            .filter(metric -> metric.getName().equals("tcpotel.connection.attempts"))
            .reduce((first, second) -> second)
            .orElseThrow();
    return last.getSum().getDataPointsList().stream().mapToLong(NumberDataPoint::getAsInt).sum();
  }

  @Test
  void everyRecordArrivesAsItWasEachTime() throws Exception {
    List<RecordImage> records = reports(700);
    List<LogRecord> expected = encoded(records);
    SumsText sums =
        awaitSuccess(
            replay(capture(records), "--speed=max", "--repeat=3", "--log-events=end,update,start"));
    List<LogRecord> arrived = unobserved(collector.accepted());
    assertThat(arrived).hasSize(2100);
    for (LogRecord record : expected) {
      assertThat(arrived.stream().filter(record::equals).count())
          .as("%s", record)
          .isEqualTo(3 * expected.stream().filter(record::equals).count());
    }
    assertThat(sums.get("file.all")).isEqualTo(2100);
    assertThat(sums.get("read.all")).isEqualTo(2100);
    assertThat(sums.get("logs.exported")).isEqualTo(2100);
  }

  @Test
  void everyEndHasASpanWithTheIdsOfItsLogRecord() throws Exception {
    SumsText sums =
        awaitSuccess(replay(capture(reports(700)), "--speed=max", "--signals=logs,metrics,traces"));
    assertThat(collector.accepted().size()).isBetween(200, 600);
    assertThat(sums.get("spans.exported")).isEqualTo(collector.accepted().size());
    assertThat(
            collector.acceptedSpans().stream()
                .map(span -> ids(span.getTraceId(), span.getSpanId())))
        .containsExactlyInAnyOrderElementsOf(
            collector.accepted().stream()
                .map(log -> ids(log.getTraceId(), log.getSpanId()))
                .toList());
  }

  private static String ids(ByteString traceId, ByteString spanId) {
    return HexFormat.of().formatHex(traceId.concat(spanId).toByteArray());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-r--r--"})
  void idsFollowFromTheKeyWhichIsNotShown(String rights) throws Exception {
    String digits = "00112233445566778899aabbccddeeff";
    Path key = Files.writeString(folder.resolve("key"), digits);
    Files.setPosixFilePermissions(key, PosixFilePermissions.fromString(rights));
    Path file = capture(List.of(RecordImage.open(), RecordImage.update(), RecordImage.close()));
    Program replay =
        replay(file, "--log-events=end,update,start", "--pair-key-file", key.toString());
    awaitSuccess(replay);
    assertThat(collector.accepted())
        .hasSize(3)
        .extracting(log -> HexFormat.of().formatHex(log.getTraceId().toByteArray()))
        .containsOnly("05a2f82083a54bfeccdf4c4858d29933"); // computed elsewhere
    assertThat(replay.messages()).doesNotContain(digits.substring(0, 8));
    String warning = "tcpotel: " + key + " can be read by every user";
    assertThat(replay.messages().contains(warning)).isEqualTo(rights.endsWith("r--"));
  }

  @Test
  void metricsAreThoseOfTheRecords() throws Exception {
    List<RecordImage> records = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      records.add(RecordImage.open());
      records.add(RecordImage.close());
      records.add(RecordImage.failure());
    }
    SumsText sums = awaitSuccess(replay(capture(records), "--speed=max", "--repeat=2"));
    assertThat(attempts()).isEqualTo(2 * 10);
    assertThat(sums.get("read.open")).isEqualTo(10);
    assertThat(sums.get("logs.exported")).isEqualTo(20);
    List<String> names = collector.acceptedMetrics().stream().map(Metric::getName).toList();
    assertThat(names)
        .as("the program's own, and none of a kernel")
        .contains("tcpotel.connection.duration", "otel.sdk.exporter.log.exported")
        .noneMatch(name -> name.contains("ringbuf"));
  }

  private static List<RecordImage> hourApart() {
    return List.of(
        RecordImage.close().socketCookie(5).closeNs(HOUR_NS),
        RecordImage.close().socketCookie(6).closeNs(2 * HOUR_NS));
  }

  @Test
  void atTheOriginalSpeedRecordsKeepTheirDistance() throws Exception {
    List<RecordImage> records =
        List.of(
            RecordImage.close().socketCookie(5).closeNs(HOUR_NS),
            RecordImage.close().socketCookie(6).closeNs(HOUR_NS + 700_000_000L));
    long beganNs = System.nanoTime();
    awaitSuccess(replay(capture(records), "--repeat=2"));
    assertThat(System.nanoTime() - beganNs).isGreaterThan(1_400_000_000L);
    assertThat(collector.accepted()).hasSize(4);
  }

  @Test
  void timesCanBeMovedToNow() throws Exception {
    long beforeNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    awaitSuccess(replay(capture(hourApart()), "--speed=max", "--times=now", "--repeat=2"));
    long afterNs = TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis());
    List<Long> times =
        collector.accepted().stream().map(LogRecord::getTimeUnixNano).sorted().toList();
    long firstNs = times.get(0);
    assertThat(firstNs).isBetween(beforeNs, afterNs);
    assertThat(times)
        .containsExactly(
            firstNs,
            firstNs + HOUR_NS,
            firstNs + HOUR_NS + 1_000_000,
            firstNs + 2 * HOUR_NS + 1_000_000);
  }

  /** With a queue that holds a small part of the records. */
  @Test
  void whatACollectorThatIsAwayDoesNotTakeWaitsInTheFile() throws Exception {
    collector.stop();
    Program program =
        replay(capture(reports(3000)), "--speed=max", "--queue-bytes=256KiB", "--signals=logs");
    program.awaitMessage("trying again");
    collector.restart();
    SumsText sums = awaitSuccess(program);
    assertThat(sums.get("logs.queue_full")).isZero();
    assertThat(sums.get("logs.exported")).isEqualTo(sums.get("logs.ended")).isGreaterThan(1400);
    assertThat(collector.accepted()).hasSize(Math.toIntExact(sums.get("logs.exported")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT", "HUP", "HUP HUP", "TERM HUP"})
  void aSignalEndsItAndTheSumsSayWhatWasNotRead(String signals) throws Exception {
    try (Program program = replay(capture(hourApart()))) {
      program.awaitMessage("replaying 2 records");
      Await.until("the first record", () -> collector.accepted().size() == 1);
      for (String signal : signals.split(" ")) {
        program.signal(signal);
      }
      assertThat(program.await()).as(program.messages()).isEqualTo(1);
      SumsText sums = new SumsText(program.messages());
      assertThat(sums.unequal()).isEmpty();
      assertThat(sums.get("file.not_read")).isEqualTo(1);
      assertThat(sums.get("logs.exported")).isEqualTo(1);
      assertThat(program.messages()).contains("tcpotel: not everything has arrived");
    }
  }

  @Test
  void whatTheCollectorRefusesMakesItFail() throws Exception {
    collector.answerLogs(ScriptedCollector.Answer.rejecting(3, "not these"));
    try (Program program =
        replay(capture(reports(10)), "--speed=max", "--log-events=end,update,start")) {
      assertThat(program.await()).as(program.messages()).isEqualTo(1);
      SumsText sums = new SumsText(program.messages());
      assertThat(sums.unequal()).isEmpty();
      assertThat(sums.get("logs.rejected")).isEqualTo(3);
    }
  }

  /** The one that run has. */
  @Test
  void aConfigurationFileMayBeForRunAsWell() throws Exception {
    Path config = Files.writeString(folder.resolve("p"), "ring-size=4MiB\nspeed=max\nrepeat=4\n");
    SumsText sums = awaitSuccess(replay(capture(hourApart()), "--config", config.toString()));
    assertThat(sums.get("file.all")).isEqualTo(8);
  }
}
