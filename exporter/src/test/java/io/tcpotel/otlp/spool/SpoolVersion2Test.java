// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.testing.Version2;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The files of an earlier program: docs/delivery.md. */
class SpoolVersion2Test {
  private static final int HEADER_BYTES = 64;
  private static final int SLOT_BYTES = 240;
  private static final int SEGMENT_RECORDS = 8;

  @TempDir Path folder;

  private final SpoolCounts counts = new SpoolCounts();

  private static List<Long> ids(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  /** The ids of the next records, each of which is checked. */
  private static List<Long> read(SpoolDirectory spool, RecordBlock block) throws IOException {
    ConnectionRecord record = new ConnectionRecord();
    List<Long> ids = new ArrayList<>();
    while (spool.read(block)) {
      for (; block.hasNext(); block.skip(1)) {
        block.copyNext(record);
        long id = record.connectionId();
        assertThat(record.kind()).isEqualTo(Version2.kind(id));
        assertThat(record.check(record.kind().bytes())).isEqualTo(RecordCheck.OK);
        assertThat(record.closeNs()).isEqualTo(77_000_000_000L + id - 1);
        assertThat(block.nextTimeNs()).isEqualTo(Version2.timeNs(id));
        assertThat(block.nextObservedNs()).isEqualTo(Version2.observedNs(id));
        Version2.requireNoDetails(record);
        if (id % 5 == 1) {
          Version2.requireClose(record);
        }
        ids.add(id);
      }
    }
    return ids;
  }

  /** In blocks that hold less than a file, as much, and more. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8, 100})
  void eachRecordWithoutAnAnswerComesInOrder(int blockRecords) throws IOException {
    SpoolDirectory spool = SpoolRecords.open(Version2.spool(folder), 1 << 20, counts);
    assertThat(counts.recovered()).isEqualTo(Version2.RECORDS + 1 - Version2.UNANSWERED);
    assertThat(read(spool, new RecordBlock(blockRecords)))
        .isEqualTo(ids(Version2.UNANSWERED, Version2.RECORDS + 1));
    assertThat(counts.corrupt()).isZero();
    spool.close();
  }

  /** Memory that held records before has none of their fields in those of version 2. */
  @Test
  void whatStoodInABlockBeforeIsGone() throws IOException {
    RecordBlock block = SpoolRecords.block(0, 20);
    SpoolDirectory spool = SpoolRecords.open(Version2.spool(folder), 1 << 20, counts);
    assertThat(read(spool, block)).hasSize(Version2.RECORDS + 1 - Version2.UNANSWERED);
    spool.close();
  }

  /** The rest of a file that was read in part is written again, in this version. */
  @Test
  void whatIsPutBackComesFirstAndTheRestBehindIt() throws IOException {
    Path directory = Version2.spool(folder);
    SpoolDirectory spool = SpoolRecords.open(directory, 1 << 20, counts);
    RecordBlock taken = new RecordBlock(2);
    spool.read(taken);
    RecordBlock back = new RecordBlock(2);
    ConnectionRecord record = new ConnectionRecord();
    long resume = taken.nextSequence() + 2;
    for (; taken.hasNext(); taken.skip(1)) {
      taken.copyNext(record);
      back.add(record, taken.nextTimeNs(), taken.nextObservedNs());
    }
    spool.putBack(new UnansweredRecords(List.of(back)), resume);
    spool.close();

    spool = SpoolRecords.open(directory, 1 << 20, new SpoolCounts());
    assertThat(read(spool, new RecordBlock(5)))
        .isEqualTo(ids(Version2.UNANSWERED, Version2.RECORDS + 1));
    spool.close();
  }

  @Test
  void aFileOfAVersionThatIsUnknownIsCorruptAndTheOthersAreRead() throws IOException {
    Path directory = Version2.spool(folder);
    Path second = SpoolRecords.segments(directory).get(1);
    byte[] content = Files.readAllBytes(second);
    ByteBuffer header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
    assertThat(header.getInt(12)).as("the version's place").isEqualTo(2);
    header.putInt(12, 1);
    CRC32C crc = new CRC32C();
    crc.update(content, 0, 32);
    Files.write(second, header.putInt(32, (int) crc.getValue()).array());
    SpoolDirectory spool = SpoolRecords.open(directory, 1 << 20, counts);
    List<Long> expected = ids(Version2.UNANSWERED, SEGMENT_RECORDS + 1);
    expected = new ArrayList<>(expected);
    expected.addAll(ids(2 * SEGMENT_RECORDS + 1, Version2.RECORDS + 1));
    assertThat(read(spool, new RecordBlock(5))).isEqualTo(expected);
    assertThat(counts.corrupt()).isPositive();
    assertThat(second).doesNotExist();
    spool.close();
  }

  /** A byte costs its record alone, or, in a header, its file. */
  @Test
  void aChangedByteCostsNoMoreThanItsRecord() throws IOException {
    Random random = new Random(15);
    for (int at = 0; at < HEADER_BYTES + SEGMENT_RECORDS * SLOT_BYTES; at += 1 + at / 64 * 3) {
      Path directory = Version2.spool(Files.createDirectory(folder.resolve("byte" + at)));
      Path second = SpoolRecords.segments(directory).get(1);
      byte[] content = Files.readAllBytes(second);
      content[at] ^= (byte) (1 << random.nextInt(8));
      Files.write(second, content);
      boolean isGap = at >= HEADER_BYTES && (at - HEADER_BYTES) % SLOT_BYTES / 4 == 1;
      int lost = at < HEADER_BYTES ? SEGMENT_RECORDS : isGap ? 0 : 1;
      requireAllBut(directory, lost, "byte " + at);
    }
  }

  @Test
  void aCutCostsTheRecordsBehindIt() throws IOException {
    for (int cut = 0; cut < HEADER_BYTES + SEGMENT_RECORDS * SLOT_BYTES; cut += 7) {
      Path directory = Version2.spool(Files.createDirectory(folder.resolve("cut" + cut)));
      Path last = SpoolRecords.segments(directory).get(Version2.RECORDS / SEGMENT_RECORDS - 1);
      Files.write(last, Arrays.copyOf(Files.readAllBytes(last), cut));
      int whole = Math.max(0, cut - HEADER_BYTES) / SLOT_BYTES;
      requireAllBut(directory, SEGMENT_RECORDS - whole, "cut at " + cut);
    }
  }

  private static void requireAllBut(Path directory, int lost, String damage) throws IOException {
    SpoolCounts counts = new SpoolCounts();
    SpoolDirectory spool = SpoolRecords.open(directory, 1 << 20, counts);
    List<Long> came = read(spool, new RecordBlock(5));
    spool.close();
    assertThat(came).as(damage).isSorted().doesNotHaveDuplicates();
    assertThat(came).as(damage).hasSize(Version2.RECORDS + 1 - Version2.UNANSWERED - lost);
    assertThat(came.size() + counts.corrupt()).as(damage).isEqualTo(counts.recovered());
  }
}
