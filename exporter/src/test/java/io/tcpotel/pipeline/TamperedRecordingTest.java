// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.RecordDelivery;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.KernelClock;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.recording.Recording;
import io.tcpotel.telemetry.CollectedMetrics;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.AnyRecord;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.workload.WorkloadTable;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A changed recording, replayed: it is taken, or refused with the place of the damage. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class TamperedRecordingTest {
  private static final Pattern REFUSAL =
      Pattern.compile("(?s)conns: damaged at byte (\\d+): .*\n  .+");
  private static final Pattern REFUSED_HEADER =
      Pattern.compile("(?s)conns: (is no capture|has version \\d+ of ).*\n  .+");
  private static final int[] CHANGES = {0x01, 0x80, 0xff, 0x7f};
  private static final long SEED = 20_261_128;

  private final ScriptedCollector collector = ScriptedCollector.start();
  private final Messages messages = new Messages(new PrintStream(new ByteArrayOutputStream()));
  private final CollectorExport export = export();
  private final CollectedMetrics metrics = new CollectedMetrics(true);

  private CollectorExport export() {
    CollectorExport.Settings settings =
        new CollectorExport.Settings(
            Map.of("otel.exporter.otlp.endpoint", collector.endpoint()),
            Map.of(),
            Set.of(Signal.LOGS),
            LogContent.DEFAULT,
            new RecordDelivery.Bounds(16 << 20, 64 << 10, Duration.ofHours(1)),
            2000,
            "");
    return new CollectorExport(settings, messages, () -> {});
  }

  @AfterEach
  void close() {
    export.close();
    collector.close();
  }

  private static List<RecordImage> oneOfEachKind() {
    return List.of(
        RecordImage.open(),
        RecordImage.failure(),
        RecordImage.close(),
        RecordImage.update(),
        RecordImage.adopted(),
        RecordImage.unobserved());
  }

  @Test
  void everyByteMayBeChanged() throws Exception {
    byte[] file = RecordingBytes.of(oneOfEachKind());
    int headerBytes = RecordingBytes.of(List.of()).length;
    for (int at = 0; at < file.length; at++) {
      for (int change : CHANGES) {
        byte[] tampered = file.clone();
        tampered[at] ^= (byte) change;
        requireTakenOrRefused(tampered, at < headerBytes, "byte " + at + " ^ " + change);
      }
    }
    requireReadable();
  }

  @Test
  void bytesMayBeChangedPutInAndTakenOut() throws Exception {
    Random random = new Random(SEED);
    for (int i = 0; i < 4000; i++) {
      List<RecordImage> records = new ArrayList<>(oneOfEachKind());
      records.add(AnyRecord.of(random));
      byte[] file = RecordingBytes.of(records);
      int from = random.nextInt(file.length);
      int to = Math.min(file.length, from + random.nextInt(9));
      byte[] put = new byte[random.nextInt(9)];
      random.nextBytes(put);
      byte[] tampered = Arrays.copyOf(file, from + put.length + file.length - to);
      System.arraycopy(put, 0, tampered, from, put.length);
      System.arraycopy(file, to, tampered, from + put.length, file.length - to);
      boolean isHeader = from < RecordingBytes.of(List.of()).length;
      requireTakenOrRefused(tampered, isHeader, "seed " + SEED + ", change " + i);
    }
    requireReadable();
  }

  private void requireTakenOrRefused(byte[] file, boolean headerChanged, String change) {
    try (Recording recording = Recording.read(new ByteArrayInputStream(file), "conns", messages)) {
      replay(recording, change);
    } catch (Failure failure) {
      Matcher refusal = REFUSAL.matcher(failure.getMessage());
      if (refusal.matches()) {
        assertThat(Long.parseLong(refusal.group(1))).as(change).isBetween(0L, (long) file.length);
      } else {
        assertThat(headerChanged).as(change + ": " + failure.getMessage()).isTrue();
        assertThat(failure.getMessage()).as(change).matches(REFUSED_HEADER);
      }
    }
  }

  private void replay(Recording recording, String change) {
    ReplayLoop loop = new ReplayLoop(recording, new ReplayLoop.Pace(false, false, 1));
    ExportPipeline pipeline =
        new ExportPipeline(
            WorkloadTable.ofAgent(),
            metrics.metrics,
            export.logs(),
            EnumSet.allOf(RecordKind.class),
            AddressUse.FULL,
            new KernelClock(),
            loop::offsetNs,
            Long.MAX_VALUE,
            () -> {});
    try {
      loop.run(new StopSignal(), pipeline);
    } catch (RuntimeException e) {
      throw new AssertionError(change, e);
    }
    assertThat(loop.notRead()).as(change).isZero();
    long taken = pipeline.counts().of(RecordCheck.OK) + pipeline.counts().of(RecordCheck.BACKWARDS);
    assertThat(taken).as(change + ": what is read is used").isEqualTo(recording.records());
  }

  /** The collector could parse every record, whose texts are UTF-8, and metrics can be shown. */
  private void requireReadable() throws InterruptedException {
    assertThat(export.logs().flush(System.nanoTime() + Duration.ofSeconds(60).toNanos())).isTrue();
    assertThat(export.logs().counts().ended()).isGreaterThan(1000);
    assertThat(export.logs().counts().exported()).isEqualTo(export.logs().counts().ended());
    assertThat(metrics.sums("tcpotel.connection.attempts").values()).allMatch(sum -> sum > 0);
  }
}
