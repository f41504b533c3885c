// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Messages;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.recording.Recording;
import io.tcpotel.telemetry.EncodedLogs;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.SocketPair;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code record} in a process of its own, and {@code replay} of what it wrote. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class RecordKernelTest {
  private static final int REFUSED = 7;
  private static final List<String> TALKS = List.of("127.0.0.1", "::1", "::ffff:127.0.0.1");
  private static final long LATE_NS = 1_000_000_000L;

  @TempDir private Path folder;

  private final RunningPrograms programs = new RunningPrograms();

  @AfterEach
  void end() {
    programs.close();
  }

  private Program record(Path file, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of("record", file.toString(), "--scope", "cgroup:" + programs.cgroup().path()));
    arguments.addAll(List.of(options));
    return programs.start(Program.commandLine(arguments.toArray(String[]::new)));
  }

  private Program startRecord(Path file, String... options) {
    Program record = record(file, options);
    record.awaitMessage("watching");
    return record;
  }

  private static Recording read(Path file) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    Recording recording = Recording.read(file, new Messages(new PrintStream(said, true)));
    assertThat(said.toString()).isEmpty();
    return recording;
  }

  private static List<ConnectionRecord> records(Recording recording) {
    List<ConnectionRecord> records = new ArrayList<>();
    for (int i = 0; i < recording.records(); i++) {
      records.add(new ConnectionRecord().copyFrom(recording.ring().record(i), 0));
    }
    return records;
  }

  private static long count(List<ConnectionRecord> records, RecordKind kind) {
    return records.stream().filter(record -> record.kind() == kind).count();
  }

  @Test
  void everyFieldOfEveryConnectionIsInTheFileAndIsReplayed() throws Exception {
    Path file = folder.resolve("conns");
    Program record = startRecord(file);
    try (CapturedConnections witness =
        new CapturedConnections(programs.cgroup(), programs.namespace())) {
      talk();
      programs.refuse(REFUSED);
      List<ConnectionRecord> ends = witness.awaitEnds(2 * TALKS.size() + REFUSED);
      assertThat(ends).hasSize(2 * TALKS.size() + REFUSED);
      assertThat(record.signal("TERM").await()).as(record.messages()).isZero();
      try (Recording recording = read(file)) {
        List<ConnectionRecord> records = records(recording);
        assertThat(record.messages())
            .endsWith("tcpotel: wrote " + records.size() + " records to " + file + "\n");
        requireSame(records, witness.records());
        requireReplay(file, records, recording.header().getClockOffsetNs());
      }
    }
  }

  /** Connections of both families, each with bytes of its own. */
  private void talk() {
    programs
        .namespace()
        .run(
            () -> {
              for (String address : TALKS) {
                try (SocketPair pair = SocketPair.over(address)) {
                  Conversation.exchange(pair.client(), pair.server(), 100 + address.length());
                  Conversation.exchange(pair.server(), pair.client(), 3_000 + address.length());
                  pair.finish();
                }
              }
            });
  }

  /** Each program reads the clock for itself. */
  private static void requireSame(
      List<ConnectionRecord> records, List<ConnectionRecord> witnessed) {
    assertThat(records.stream().map(RecordKernelTest::withoutTimes))
        .containsExactlyElementsOf(witnessed.stream().map(RecordKernelTest::withoutTimes).toList());
    for (int i = 0; i < records.size(); i++) {
      assertThat(records.get(i).closeNs() - witnessed.get(i).closeNs())
          .isBetween(-LATE_NS, LATE_NS);
      assertThat(records.get(i).durationNs() - witnessed.get(i).durationNs())
          .isBetween(-LATE_NS, LATE_NS);
    }
  }

  private static byte[] withoutTimes(ConnectionRecord record) {
    RecordImage image = RecordImage.of(record).durationNs(0).closeNs(0);
    if (Records.isEnd(record)) {
      tcp_probe_info.handshake_us(image.data(), 0);
      tcp_probe_info.transmit_idle_ms(image.data(), 0);
      tcp_probe_info.receive_idle_ms(image.data(), 0);
    }
    return image.bytes();
  }

  /** Each log record is what the encoder makes of the kernel's record. */
  private static void requireReplay(Path file, List<ConnectionRecord> records, long clockOffsetNs) {
    List<ConnectionRecord> ends = records.stream().filter(Records::isEnd).toList();
    List<RecordImage> images = ends.stream().map(RecordImage::of).toList();
    List<LogRecord> encoded =
        EncodedLogs.parse(EncodedLogs.request(Resource.empty(), images))
            .getResourceLogs(0)
            .getScopeLogs(0)
            .getLogRecordsList();
    try (ScriptedCollector collector = ScriptedCollector.start();
        Program replay =
            Program.start(
                "replay",
                file.toString(),
                "--speed=max",
                "--resource=agent", // the encoder here knows no workloads
                "--endpoint",
                collector.endpoint())) {
      assertThat(replay.await()).as(replay.messages()).isZero();
      assertThat(collector.accepted()).hasSameSizeAs(ends);
      for (int i = 0; i < ends.size(); i++) {
        LogRecord arrived = collector.accepted().get(i);
        LogRecord expected =
            encoded.get(i).toBuilder()
                .setTimeUnixNano(ends.get(i).closeNs() + clockOffsetNs)
                .setObservedTimeUnixNano(arrived.getObservedTimeUnixNano())
                .build();
        assertThat(arrived).isEqualTo(expected);
      }
    }
  }

  /** Older than the recording, and alive at its end. */
  @Test
  void connectionsThatLiveAreInTheFile() throws Exception {
    Path file = folder.resolve("conns");
    try (SocketPair pair = programs.namespace().call(() -> SocketPair.over("127.0.0.1"))) {
      Program record = startRecord(file, "--report-interval", "100ms");
      pair.client().sendAll(4321);
      pair.server().receiveExactly(4321);
      assertThat(record.signal("TERM").await()).as(record.messages()).isZero();
      try (Recording recording = read(file)) {
        List<ConnectionRecord> records = records(recording);
        assertThat(count(records, RecordKind.ADOPTED)).isEqualTo(2);
        assertThat(records)
            .filteredOn(it -> it.kind() == RecordKind.UPDATE && it.preexisting())
            .extracting(ConnectionRecord::sentBytes)
            .contains(4321L);
        assertThat(count(records, RecordKind.CLOSE)).isZero();
      }
    }
  }

  /** It is read while it is written: what came is there within a second. */
  @Test
  void whatWasRecordedIsInTheFileSoon() throws Exception {
    Path file = folder.resolve("conns");
    Program record = startRecord(file);
    programs.refuse(1);
    long empty = Files.size(file);
    Await.until("a record in the file", () -> file.toFile().length() > empty);
    record.signal("KILL").await();
    try (Recording recording = read(file)) {
      assertThat(recording.records()).isEqualTo(1);
    }
  }

  /** A ring of 18 records. */
  @Test
  void whatTheRingHasNoRoomForIsCounted() throws Exception {
    Path file = folder.resolve("conns");
    Program record = startRecord(file, "--ring-size", "4KiB");
    programs.refuse(2000);
    assertThat(record.signal("TERM").await()).as(record.messages()).isZero();
    Matcher counts =
        Pattern.compile(
                "wrote (\\d+) records to .*\ntcpotel: (\\d+) more found no room in the ring: try a"
                    + " larger --ring-size\n$")
            .matcher(record.messages());
    assertThat(counts.find()).as(record.messages()).isTrue();
    long written = Long.parseLong(counts.group(1));
    assertThat(written + Long.parseLong(counts.group(2))).isEqualTo(2000);
    try (Recording recording = read(file)) {
      assertThat(recording.records()).isEqualTo((int) written).isPositive();
    }
  }

  @Test
  void aDiskThatIsFullEndsItWithWholeRecordsInTheFile() throws Exception {
    Path disk = Files.createDirectory(folder.resolve("disk"));
    Path file = disk.resolve("conns");
    Path copy = folder.resolve("copy"); // of what nobody sees outside
    String shell =
        String.format(
            "mount -t tmpfs -o size=128k none %s; code=0; \"$@\" || code=$?; cp %s %s; exit $code",
            disk, file, copy);
    List<String> command = new ArrayList<>(List.of("unshare", "-m", "sh", "-ec", shell, "sh"));
    command.addAll(
        Program.commandLine(
            "record", file.toString(), "--scope", "cgroup:" + programs.cgroup().path()));
    Program record = programs.start(command);
    record.awaitMessage("watching");
    programs.refuse(2000);
    assertThat(record.await()).as(record.messages()).isEqualTo(1);
    try (Recording recording = read(copy)) {
      assertThat(recording.records()).isPositive();
      assertThat(record.messages())
          .contains(
              "tcpotel: "
                  + file
                  + ": cannot be written: No space left on device; it has "
                  + recording.records()
                  + " whole records\n  see that there is room");
    }
  }
}
