// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The order of writing, forcing and deleting: a power cut keeps only what was forced. */
class SpoolDiskTest {
  @TempDir Path folder;

  private final List<String> operations = new ArrayList<>();

  private final class RecordingDisk extends SpoolDisk {
    private final Map<FileChannel, String> names = new HashMap<>();
    private final List<Path> files = new ArrayList<>();

    private String name(Path file) {
      if (!file.toString().endsWith(SpoolSegment.SUFFIX)) {
        return file.getFileName().toString();
      }
      if (!files.contains(file)) {
        files.add(file);
      }
      return "file " + (files.indexOf(file) + 1);
    }

    @Override
    FileChannel open(Path file, OpenOption... options) throws IOException {
      FileChannel channel = super.open(file, options);
      names.put(channel, name(file));
      return channel;
    }

    @Override
    void write(FileChannel channel, ByteBuffer from, long at) throws IOException {
      super.write(channel, from, at);
      operations.add("write " + names.get(channel));
    }

    @Override
    void force(FileChannel channel) throws IOException {
      super.force(channel);
      operations.add("force " + names.get(channel));
    }

    @Override
    void forceNames(Path directory) throws IOException {
      super.forceNames(directory);
      operations.add("force names");
    }

    @Override
    void delete(Path file) throws IOException {
      super.delete(file);
      operations.add("delete " + name(file));
    }
  }

  private SpoolDirectory open() {
    return SpoolDirectory.open(folder, new RecordingDisk(), 1 << 20, new SpoolCounts());
  }

  private void requireOperations(String... expected) {
    assertThat(operations).containsExactly(expected);
    operations.clear();
  }

  @Test
  void aNewFilesNameIsForcedBeforeItsRecordsAndTheseAtTheNextSync() throws IOException {
    SpoolDirectory spool = open();
    spool.append(SpoolRecords.block(0, 3));
    requireOperations("write file 1", "force names", "write file 1");
    spool.append(SpoolRecords.block(3, 5));
    spool.sync();
    requireOperations("write file 1", "force file 1");
    spool.sync();
    requireOperations();
    spool.close();
  }

  @Test
  void aFullFileIsForcedBeforeTheNextBegins() throws IOException {
    SpoolDirectory spool = open();
    spool.append(SpoolRecords.block(0, 500));
    operations.clear();
    spool.append(SpoolRecords.block(500, 1000));
    requireOperations("force file 1", "write file 2", "force names", "write file 2");
    spool.close();
  }

  @Test
  void answersAreForcedAtTheNextSync() throws IOException {
    SpoolDirectory spool = open();
    spool.append(SpoolRecords.block(0, 5));
    spool.sync();
    RecordBlock block = new RecordBlock(2);
    spool.read(block);
    operations.clear();
    spool.answered(block.nextSequence() + 1);
    requireOperations();
    spool.sync();
    requireOperations("write position", "force position");
    spool.close();
  }

  @Test
  void whatIsPutBackIsForcedBeforeThePositionAndThatBeforeTheOldFileGoes() throws IOException {
    SpoolDirectory spool = open();
    spool.append(SpoolRecords.block(0, 5));
    RecordBlock block = new RecordBlock(2);
    spool.read(block);
    operations.clear();
    RecordBlock back = SpoolRecords.block(0, 2);
    spool.putBack(new UnansweredRecords(List.of(back)), block.nextSequence() + 2);
    requireOperations(
        "write file 2",
        "write file 2",
        "write file 2",
        "force file 2",
        "force names",
        "write position",
        "force position",
        "delete file 1");
    spool.close();
  }
}
