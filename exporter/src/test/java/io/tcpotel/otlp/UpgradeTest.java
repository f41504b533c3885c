// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.telemetry.LogEvent;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.Version2;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A program with another version of the record finds the spool that the one before has left. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class UpgradeTest {
  private static final int NEW_RECORDS = 4000;
  private static final int SPOOLED = Version2.RECORDS + 1 - Version2.UNANSWERED;

  @TempDir Path folder;

  private static List<String> ids(long from, long to) {
    return LongStream.range(from, to).mapToObj(id -> String.format("%016x", id)).toList();
  }

  private static String eventName(long id) {
    return Arrays.stream(LogEvent.values())
        .filter(event -> event.kinds().contains(Version2.kind(id)))
        .map(LogEvent::key)
        .findFirst()
        .orElseThrow();
  }

  /** New records wait behind the old ones, some on the disk beside them. */
  @Test
  void aFullSpoolOfVersion2ArrivesInOrderAndTheRecordsOfThisVersionBehindIt() throws Exception {
    Path spool = Version2.spool(folder);
    RecordDelivery.Bounds bounds =
        new RecordDelivery.Bounds(1 << 20, 1 << 20, Duration.ofHours(1), spool, 8 << 20);
    try (ScriptedCollector collector = ScriptedCollector.absent();
        ExportToCollector to = new ExportToCollector(collector, bounds, Map.of())) {
      while (to.added() < NEW_RECORDS) {
        to.await("room", () -> to.logs().wantsNext(RingRoom.NONE));
        to.add(1);
      }
      to.await("on the disk", () -> to.counts().spool().pending() > NEW_RECORDS / 4);
      collector.restart();
      to.await("sent", () -> to.counts().exported() == SPOOLED + NEW_RECORDS);
      assertThat(to.counts().spool().corrupt()).isZero();
      assertThat(to.counts().spool().recovered()).isEqualTo(SPOOLED);
      List<LogRecord> old = collector.accepted().subList(0, SPOOLED);
      List<LogRecord> present = collector.accepted().subList(SPOOLED, SPOOLED + NEW_RECORDS);
      assertThat(ExportToCollector.connectionIds(old))
          .isEqualTo(ids(Version2.UNANSWERED, Version2.RECORDS + 1));
      for (int i = 0; i < SPOOLED; i++) {
        long id = Version2.UNANSWERED + i;
        assertThat(old.get(i).getTimeUnixNano()).isEqualTo(Version2.timeNs(id));
        assertThat(old.get(i).getObservedTimeUnixNano()).isEqualTo(Version2.observedNs(id));
        assertThat(old.get(i).getEventName()).isEqualTo(eventName(id));
      }
      assertThat(ExportToCollector.connectionIds(present)).isEqualTo(ids(1, NEW_RECORDS + 1));
      to.finish(15_000);
      to.requireSumsToClose();
    }
  }
}
