// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Messages;
import io.tcpotel.testing.Await;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A disk that refuses: the records stay with the reader, in order. */
@Timeout(Await.TEST_SECONDS)
class SpoolTest {
  private static final int BLOCK = 10;
  private static final long SECOND_NS = 1_000_000_000;

  @TempDir Path folder;

  private final SpoolCounts counts = new SpoolCounts();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final FailingDisk disk = new FailingDisk();
  private Spool spool;

  enum Thrown {
    FULL(new IOException("No space left on device")),
    UNCHECKED(new IllegalStateException("No space left on device")),
    ERROR(new OutOfMemoryError("No space left on device"));

    private final Throwable value;

    Thrown(Throwable value) {
      this.value = value;
    }
  }

  private static final class FailingDisk extends SpoolDisk {
    private volatile Throwable failure;

    @Override
    void write(FileChannel channel, ByteBuffer from, long position) throws IOException {
      if (failure instanceof IOException e) {
        throw e;
      } else if (failure instanceof RuntimeException e) {
        throw e;
      } else if (failure instanceof Error e) {
        throw e;
      }
      super.write(channel, from, position);
    }
  }

  private void open(Runnable onRead) {
    Messages messages = new Messages(new PrintStream(said));
    spool = new Spool(folder, disk, 1 << 20, BLOCK, counts, messages, onRead);
  }

  @AfterEach
  void close() {
    spool.close();
  }

  private static void await(BooleanSupplier reached) throws InterruptedException {
    while (!reached.getAsBoolean()) {
      Thread.sleep(1);
    }
  }

  private List<Long> awaitRefused(int blocks, long nowNs) throws InterruptedException {
    List<Long> cookies = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      RecordBlock[] block = new RecordBlock[1];
      await(() -> (block[0] = spool.pollRefused(nowNs)) != null);
      cookies.addAll(SpoolRecords.cookies(block[0]));
    }
    return cookies;
  }

  private static List<Long> cookies(long from, long to) {
    return LongStream.range(from, to).boxed().toList();
  }

  @ParameterizedTest
  @EnumSource
  void blocksThatCannotBeWrittenComeBackInOrderAndAreTriedAgain(Thrown thrown) throws Exception {
    open(() -> {});
    long nowNs = System.nanoTime();
    disk.failure = thrown.value;
    for (int i = 0; i < 3; i++) {
      spool.write(SpoolRecords.block(i * BLOCK, (i + 1) * BLOCK));
    }
    assertThat(awaitRefused(3, nowNs)).isEqualTo(cookies(0, 3 * BLOCK));
    assertThat(counts.pending() + counts.failed()).isZero();
    assertThat(said.toString()).containsOnlyOnce("spool: cannot write: ");
    assertThat(said.toString()).contains("No space left on device");
    assertThat(spool.acceptsBlock(nowNs + SECOND_NS - 1)).isFalse();
    assertThat(spool.acceptsBlock(nowNs + SECOND_NS)).isTrue();

    disk.failure = null;
    spool.write(SpoolRecords.block(70, 80));
    RecordBlock[] block = new RecordBlock[1];
    await(() -> (block[0] = spool.pollReplay()) != null);
    assertThat(SpoolRecords.cookies(block[0])).isEqualTo(cookies(70, 80));
  }

  @Test
  void recordsThatNoDiskTookBeforeTheEndAreCounted() throws Exception {
    open(() -> {});
    disk.failure = Thrown.FULL.value;
    spool.write(SpoolRecords.block(0, 7));
    await(() -> said.toString().contains("cannot write"));
    spool.close();
    assertThat(counts.failed()).isEqualTo(7);
    assertThat(counts.pending()).isZero();
  }

  @Test
  void anExceptionOfTheReadersWakeUpDoesNotEndTheThread() throws Exception {
    open(
        () -> {
          throw new AssertionError("scripted");
        });
    for (int i = 0; i < 3; i++) {
      spool.write(SpoolRecords.block(i * BLOCK, (i + 1) * BLOCK));
      RecordBlock[] block = new RecordBlock[1];
      await(() -> (block[0] = spool.pollReplay()) != null);
      assertThat(SpoolRecords.cookies(block[0])).isEqualTo(cookies(i * BLOCK, (i + 1) * BLOCK));
      block[0].clear();
      spool.giveBack(block[0]);
    }
    assertThat(said.toString()).contains("spool: java.lang.AssertionError: scripted");
  }
}
