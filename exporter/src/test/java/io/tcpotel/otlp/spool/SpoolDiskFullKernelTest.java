// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk without room, which takes root to make: what fits is kept, the rest is an error. */
@KernelTest
class SpoolDiskFullKernelTest {
  private static final int BLOCK = 100;

  @TempDir Path folder;

  private Path disk;

  @BeforeEach
  void mount() throws IOException {
    disk = Files.createDirectory(folder.resolve("disk"));
    TestCommand.run("mount", "-t", "tmpfs", "-o", "size=256k", "tcpotel-test", disk.toString());
  }

  @AfterEach
  void unmount() {
    TestCommand.run("umount", disk.toString());
  }

  @Test
  void whatFitsIsKeptAndWhatDoesNotIsAnErrorUntilThereIsRoom() throws IOException {
    SpoolCounts counts = new SpoolCounts();
    SpoolDirectory spool = SpoolRecords.open(disk.resolve("spool"), 1 << 20, counts);
    List<Long> kept = new ArrayList<>();
    IOException error = null;
    long next = 0;
    while (error == null && next < 10_000) {
      RecordBlock block = SpoolRecords.block(next, next + BLOCK);
      error = catchThrowableOfType(IOException.class, () -> spool.append(block));
      if (error == null) {
        LongStream.range(next, next + BLOCK).forEach(kept::add);
      }
      next += BLOCK;
    }
    assertThat(SpoolError.reason(error)).contains("No space left on device");
    assertThat(kept).hasSizeGreaterThan(300);

    RecordBlock read = new RecordBlock(kept.size());
    List<Long> found = new ArrayList<>();
    while (spool.read(read)) {
      long end = read.nextSequence() + read.left();
      found.addAll(SpoolRecords.cookies(read));
      spool.answered(end);
    }
    assertThat(found).isEqualTo(kept);
    assertThat(counts.corrupt()).isZero();
    spool.append(SpoolRecords.block(77_000, 77_000 + BLOCK));
    assertThat(SpoolRecords.readAll(spool))
        .isEqualTo(LongStream.range(77_000, 77_000 + BLOCK).boxed().toList());
    spool.close();
  }
}
