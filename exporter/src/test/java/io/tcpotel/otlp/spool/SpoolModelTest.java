// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * Any sequence of actions on a spool, held against lists in memory: appending, reading, answers in
 * order, ends, kills.
 */
class SpoolModelTest {
  private static final long LIMIT_BYTES = 100_000;

  /** What there is, oldest first: read and unanswered, then unread. */
  private final List<Long> taken = new ArrayList<>();

  private final List<Long> takenEnds = new ArrayList<>();
  private final List<Long> unread = new ArrayList<>();
  private SpoolCounts counts = new SpoolCounts();
  private SpoolDirectory spool;
  private Path directory;
  private Path root;
  private long nextCookie;
  private int kills;
  private long full;

  @Property(tries = 200)
  void isAQueueThatSurvives(@ForAll @Size(max = 60) List<@IntRange(max = 99) Integer> actions)
      throws IOException {
    root = Files.createTempDirectory("spool-model");
    taken.clear();
    takenEnds.clear();
    unread.clear();
    counts = new SpoolCounts();
    nextCookie = 0;
    full = 0;
    try {
      directory = root.resolve("0");
      spool = SpoolRecords.open(directory, LIMIT_BYTES, counts);
      for (int action : actions) {
        act(action);
        assertThat(counts.pending()).isEqualTo(unread.size());
        assertThat(counts.corrupt()).isZero();
        assertThat(counts.usageBytes()).isLessThanOrEqualTo(LIMIT_BYTES);
      }
      spool.close();
    } finally {
      try (Stream<Path> files = Files.walk(root)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(file);
        }
      }
    }
  }

  private void act(int action) throws IOException {
    if (action < 40) {
      append(1 + action * 3);
    } else if (action < 70) {
      read(1 + action % 30);
    } else if (action < 88) {
      answer(1 + action % 9);
    } else if (action < 92) {
      spool.sync();
    } else if (action < 96) {
      end();
    } else {
      kill();
    }
  }

  private void append(int records) throws IOException {
    counts.put(records);
    spool.append(SpoolRecords.block(nextCookie, nextCookie + records));
    for (int i = 0; i < records; i++) {
      unread.add(nextCookie++);
    }
    long dropped = counts.full() - full;
    full += dropped;
    unread.subList(0, (int) dropped).clear();
  }

  private void read(int records) throws IOException {
    RecordBlock block = new RecordBlock(records);
    boolean some = spool.read(block);
    assertThat(some).isEqualTo(!unread.isEmpty());
    if (some) {
      long sequence = block.nextSequence();
      List<Long> read = SpoolRecords.cookies(block);
      assertThat(read).isEqualTo(unread.subList(0, read.size()));
      counts.taken(read.size());
      unread.subList(0, read.size()).clear();
      for (long cookie : read) {
        taken.add(cookie);
        takenEnds.add(++sequence);
      }
    }
  }

  private void answer(int records) throws IOException {
    int answered = Math.min(records, taken.size());
    if (answered > 0) {
      spool.answered(takenEnds.get(answered - 1));
      taken.subList(0, answered).clear();
      takenEnds.subList(0, answered).clear();
    }
  }

  /** In order: what has no answer is put back. */
  private void end() throws IOException {
    List<RecordBlock> blocks = new ArrayList<>();
    for (long cookie : taken) {
      blocks.add(SpoolRecords.block(cookie, cookie + 1));
    }
    long resume = takenEnds.isEmpty() ? 0 : takenEnds.get(takenEnds.size() - 1);
    counts.put(taken.size());
    spool.putBack(new UnansweredRecords(blocks), resume);
    spool.close();
    unread.addAll(0, taken.subList((int) (counts.full() - full), taken.size()));
    taken.clear();
    takenEnds.clear();
    reopen();
    assertThat(counts.recovered()).isEqualTo(unread.size());
  }

  private void reopen() {
    counts = new SpoolCounts();
    full = 0;
    spool = SpoolRecords.open(directory, LIMIT_BYTES, counts);
  }

  /** Without a word: what has no answer may come again, also what had one since the last sync. */
  private void kill() throws IOException {
    Path copy = SpoolRecords.copy(directory, root.resolve("killed" + kills++));
    spool.close();
    directory = copy;
    reopen();
    List<Long> found = SpoolRecords.readAll(spool);
    assertThat(found).endsWith(unread.toArray(Long[]::new)).doesNotHaveDuplicates().isSorted();
    spool.close();
    directory = SpoolRecords.copy(copy, root.resolve("found" + kills));
    reopen();
    unread.clear();
    unread.addAll(found);
    taken.clear();
    takenEnds.clear();
  }
}
