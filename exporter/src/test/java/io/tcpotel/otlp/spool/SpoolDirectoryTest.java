// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpoolDirectoryTest {
  private static final long LIMIT_BYTES = 1 << 20;

  @TempDir Path folder;

  private int opened;

  private SpoolDirectory open(Path directory, SpoolCounts counts) {
    return SpoolRecords.open(directory, LIMIT_BYTES, counts);
  }

  private Path next() {
    return folder.resolve("spool" + opened++);
  }

  private static List<Long> numbers(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  @Test
  void givesBackInOrderWhatItTook() throws IOException {
    SpoolCounts counts = new SpoolCounts();
    SpoolDirectory spool = open(next(), counts);
    for (int i = 0; i < 20; i++) {
      counts.put(100);
      spool.append(SpoolRecords.block(i * 100, i * 100 + 100));
    }
    assertThat(SpoolRecords.readAll(spool)).isEqualTo(numbers(0, 2000));
    assertThat(spool.hasUnread()).isFalse();
    assertThat(counts.pending()).isEqualTo(2000);
    assertThat(counts.corrupt()).isZero();
    spool.close();
  }

  @Test
  void whatWasAnsweredDoesNotComeAgainAndItsFilesGo() throws IOException {
    Path directory = next();
    SpoolCounts counts = new SpoolCounts();
    SpoolDirectory spool = open(directory, counts);
    spool.append(SpoolRecords.block(0, 100));
    RecordBlock block = new RecordBlock(40);
    spool.read(block);
    spool.answered(block.nextSequence() + 40);
    spool.close();

    SpoolCounts again = new SpoolCounts();
    SpoolDirectory second = open(directory, again);
    assertThat(again.recovered()).isEqualTo(60);
    assertThat(again.pending()).isEqualTo(60);
    List<Long> rest = new ArrayList<>();
    while (second.read(block)) {
      long end = block.nextSequence() + block.left();
      rest.addAll(SpoolRecords.cookies(block));
      second.answered(end);
    }
    assertThat(rest).isEqualTo(numbers(40, 100));
    assertThat(SpoolRecords.segments(directory)).isEmpty();
    second.close();
  }

  @Test
  void dropsTheOldestWhenItIsFull() throws IOException {
    Path directory = next();
    SpoolCounts counts = new SpoolCounts();
    SpoolDirectory spool = open(directory, counts);
    for (int i = 0; i < 100; i++) {
      counts.put(100);
      spool.append(SpoolRecords.block(i * 100, i * 100 + 100));
      assertThat(counts.usageBytes()).isLessThanOrEqualTo(LIMIT_BYTES);
    }
    long size = 0;
    for (Path file : SpoolRecords.segments(directory)) {
      size += Files.size(file);
    }
    assertThat(size).isEqualTo(counts.usageBytes()).isGreaterThan(LIMIT_BYTES / 2);
    List<Long> kept = SpoolRecords.readAll(spool);
    assertThat(kept).isEqualTo(numbers(10_000 - kept.size(), 10_000));
    assertThat(counts.full()).isEqualTo(10_000 - kept.size()).isPositive();
    assertThat(counts.pending()).isEqualTo(kept.size());
    spool.close();
  }

  @Test
  void aFileCutAnywhereCostsTheRecordsBehindTheCutAlone() throws IOException {
    Path directory = next();
    SpoolDirectory spool = open(directory, new SpoolCounts());
    spool.append(SpoolRecords.block(0, 5));
    spool.sync();
    long length = Files.size(SpoolRecords.segments(directory).get(0));
    for (long cut = 0; cut < length; cut++) {
      Path copy = SpoolRecords.copy(directory, next());
      Path file = SpoolRecords.segments(copy).get(0);
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.truncate(cut);
      }
      long whole = Math.max(0, cut - SpoolSegment.HEADER_BYTES) / RecordBlock.SLOT_BYTES;
      requireAllOrCounted(copy, numbers(0, whole), "cut at " + cut);
    }
    spool.close();
  }

  /** Opens what a crash has left: {@code expected} is read, and the sums close. */
  private void requireAllOrCounted(Path directory, List<Long> expected, String what)
      throws IOException {
    SpoolCounts counts = new SpoolCounts();
    SpoolDirectory spool = open(directory, counts);
    assertThat(SpoolRecords.readAll(spool)).as(what).isEqualTo(expected);
    assertThat(counts.recovered()).as(what).isEqualTo(expected.size() + counts.corrupt());
    assertThat(counts.pending()).as(what).isEqualTo(expected.size());
    spool.append(SpoolRecords.block(900, 903));
    assertThat(SpoolRecords.readAll(spool)).as(what).isEqualTo(numbers(900, 903));
    spool.close();
  }

  @Test
  void anyFlippedBitCostsOneRecordOrTheFileAndIsCounted() throws IOException {
    Path directory = next();
    SpoolDirectory spool = open(directory, new SpoolCounts());
    spool.append(SpoolRecords.block(0, 6));
    spool.sync();
    Random random = new Random(5);
    long length = Files.size(SpoolRecords.segments(directory).get(0));
    for (int i = 0; i < 400; i++) {
      Path copy = SpoolRecords.copy(directory, next());
      long at = random.nextLong(length);
      flip(SpoolRecords.segments(copy).get(0), at, 1 << random.nextInt(8));
      long slot = Math.floorDiv(at - SpoolSegment.HEADER_BYTES, (long) RecordBlock.SLOT_BYTES);
      boolean isGap = (at - SpoolSegment.HEADER_BYTES) % RecordBlock.SLOT_BYTES / 4 == 1;
      List<Long> expected =
          slot < 0 ? List.of() : numbers(0, 6).stream().filter(n -> isGap || n != slot).toList();
      requireAllOrCounted(copy, expected, "flipped at " + at);
    }
    spool.close();
  }

  private static void flip(Path file, long at, int bit) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      channel.read(one, at);
      one.put(0, (byte) (one.get(0) ^ bit)).rewind();
      channel.write(one, at);
    }
  }

  @Test
  void recordsOfAnotherVersionAreRefusedAndCounted() throws IOException {
    Path directory = next();
    SpoolDirectory spool = open(directory, new SpoolCounts());
    spool.append(SpoolRecords.block(0, 3));
    spool.close();
    flip(SpoolRecords.segments(directory).get(0), 12, 4); // the record's version
    SpoolCounts counts = new SpoolCounts();
    SpoolDirectory second = open(directory, counts);
    assertThat(counts.recovered()).isEqualTo(3);
    assertThat(counts.corrupt()).isEqualTo(3);
    assertThat(second.hasUnread()).isFalse();
    second.close();
  }

  @Test
  void aDamagedPositionMeansTwiceAndNeverLost() throws IOException {
    Path directory = next();
    SpoolDirectory spool = open(directory, new SpoolCounts());
    spool.append(SpoolRecords.block(0, 10));
    RecordBlock block = new RecordBlock(4);
    spool.read(block);
    spool.answered(block.nextSequence() + 4);
    spool.sync();
    long length = Files.size(directory.resolve("position"));
    for (long at = 0; at < length; at += at == 24 ? 4096 - 24 : 1) {
      Path copy = SpoolRecords.copy(directory, next());
      flip(copy.resolve("position"), at, 16);
      SpoolCounts counts = new SpoolCounts();
      SpoolDirectory again = open(copy, counts);
      List<Long> read = SpoolRecords.readAll(again);
      assertThat(read).isIn(numbers(0, 10), numbers(4, 10));
      again.close();
    }
    spool.close();
  }

  /** 50 records are taken, and have no answer at the end. */
  private static void endWithoutAnswers(SpoolDirectory spool) throws IOException {
    RecordBlock block = new RecordBlock(50);
    spool.read(block);
    long resume = block.nextSequence() + 50;
    List<Long> taken = SpoolRecords.cookies(block);
    RecordBlock back = SpoolRecords.block(taken.get(0), taken.get(49) + 1);
    spool.putBack(new UnansweredRecords(List.of(back)), resume);
    spool.close();
  }

  @Test
  void whatIsPutBackComesFirst() throws IOException {
    Path directory = next();
    SpoolDirectory spool = open(directory, new SpoolCounts());
    for (int i = 0; i < 20; i++) {
      spool.append(SpoolRecords.block(1000 + i * 100, 1100 + i * 100));
    }
    for (int shutdown = 0; shutdown < 5; shutdown++) {
      endWithoutAnswers(spool);
      SpoolCounts counts = new SpoolCounts();
      spool = open(directory, counts);
      assertThat(counts.recovered()).isEqualTo(2000);
    }
    assertThat(SpoolRecords.readAll(spool)).isEqualTo(numbers(1000, 3000));
    spool.close();
  }

  @Test
  void wholeFilesArePutBackAgainAndAgain() throws IOException {
    Path directory = next();
    SpoolDirectory spool = open(directory, new SpoolCounts());
    spool.append(SpoolRecords.block(0, 50));
    spool.append(SpoolRecords.block(50, 1000)); // a file of its own
    for (int shutdown = 0; shutdown < 15; shutdown++) {
      endWithoutAnswers(spool);
      spool = open(directory, new SpoolCounts());
    }
    assertThat(SpoolRecords.readAll(spool)).isEqualTo(numbers(0, 1000));
    spool.close();
  }

  @Test
  void whatIsPutBackIntoAnEmptySpoolIsKept() throws IOException {
    Path directory = next();
    SpoolDirectory spool = open(directory, new SpoolCounts());
    RecordBlock half = SpoolRecords.block(0, 10);
    half.skip(5);
    spool.putBack(new UnansweredRecords(List.of(half, SpoolRecords.block(10, 12))), 0);
    spool.close();
    SpoolDirectory second = open(directory, new SpoolCounts());
    second.append(SpoolRecords.block(12, 20));
    assertThat(SpoolRecords.readAll(second)).isEqualTo(numbers(5, 20));
    second.close();
  }

  @Test
  void isForOneProcessAlone() throws IOException {
    Path directory = next();
    SpoolDirectory spool = open(directory, new SpoolCounts());
    assertThatThrownBy(() -> open(directory, new SpoolCounts()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("spool")
        .hasMessageContaining("in use by another process");
    spool.close();
    open(directory, new SpoolCounts()).close();
  }

  @Test
  void aDirectoryThatCannotBeIsWrongUse() throws IOException {
    Path file = Files.createFile(folder.resolve("file"));
    assertThatThrownBy(() -> open(file.resolve("spool"), new SpoolCounts()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("spool: ")
        .hasMessageContaining(file.toString());
  }

  /** A pipe would be read for ever, and a file of another name may be somebody's notes. */
  @Test
  void entriesThatAreNoFilesOfASpoolAreLeftAloneAndCounted() throws IOException {
    Path directory = next();
    SpoolDirectory first = open(directory, new SpoolCounts());
    first.append(SpoolRecords.block(0, 100));
    first.close();
    Path file = SpoolRecords.segments(directory).getFirst();
    String name = "0123456789abcde%d.spool";
    TestCommand.run("mkfifo", directory.resolve(String.format(name, 1)).toString());
    Files.createDirectory(directory.resolve(String.format(name, 2)));
    Files.createSymbolicLink(directory.resolve(String.format(name, 3)), file);
    Files.createSymbolicLink(directory.resolve(String.format(name, 4)), folder.resolve("none"));
    Files.writeString(directory.resolve("notes.spool"), "mine");
    Files.writeString(directory.resolve("0123456789ABCDEF.spool"), "mine");

    SpoolCounts counts = new SpoolCounts();
    SpoolDirectory second = open(directory, counts);
    assertThat(counts.foreignEntries()).isEqualTo(6);
    assertThat(counts.recovered()).isEqualTo(100);
    assertThat(counts.corrupt()).isZero();
    assertThat(SpoolRecords.readAll(second)).isEqualTo(numbers(0, 100));
    second.close();
    assertThat(directory.resolve("notes.spool")).hasContent("mine");
    assertThat(Files.list(directory)).hasSize(6 + 1 + 2);
  }

  @Test
  void aPlaceOfItsOwnFilesThatIsTakenIsNamed() throws IOException {
    Path directory = Files.createDirectory(next());
    Path lock = Files.createSymbolicLink(directory.resolve("lock"), folder.resolve("none"));
    assertThatThrownBy(() -> open(directory, new SpoolCounts()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(lock + ": is no file of this user alone");
  }

  @Test
  void allOfItIsTheOwnersAlone() throws IOException {
    Path directory = Files.createDirectory(next());
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
    SpoolDirectory spool = open(directory, new SpoolCounts());
    spool.append(SpoolRecords.block(0, 100));
    spool.close();
    assertThat(Files.getPosixFilePermissions(directory))
        .isEqualTo(PosixFilePermissions.fromString("rwx------"));
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files)
          .hasSize(3)
          .allSatisfy(
              file ->
                  assertThat(Files.getPosixFilePermissions(file))
                      .isEqualTo(PosixFilePermissions.fromString("rw-------")));
    }
  }
}
