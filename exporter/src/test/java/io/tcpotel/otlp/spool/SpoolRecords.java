// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.RecordCheck;
import io.tcpotel.testing.RecordImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** Records that are known by their socket's cookie, in blocks and in directories. */
public final class SpoolRecords {
  private static final RecordImage IMAGE = RecordImage.close();

  private SpoolRecords() {}

  /** The records {@code from} up to, and without, {@code to}. */
  static RecordBlock block(long from, long to) {
    RecordBlock block = new RecordBlock((int) Math.max(1, to - from));
    for (long cookie = from; cookie < to; cookie++) {
      block.add(IMAGE.socketCookie(cookie).view(), cookie + 1_000_000, cookie + 2_000_000);
    }
    return block;
  }

  /** The cookies of the rest of {@code block}, of which all else is checked. */
  static List<Long> cookies(RecordBlock block) {
    ConnectionRecord view = new ConnectionRecord();
    List<Long> cookies = new ArrayList<>();
    for (; block.hasNext(); block.skip(1)) {
      block.copyNext(view);
      long cookie = view.socketCookie();
      assertThat(view.check(RecordKind.CLOSE.bytes())).isEqualTo(RecordCheck.OK);
      assertThat(view.peerAddressText()).isEqualTo("10.9.8.7");
      assertThat(view.command()).isEqualTo("curl");
      assertThat(block.nextTimeNs()).isEqualTo(cookie + 1_000_000);
      assertThat(block.nextObservedNs()).isEqualTo(cookie + 2_000_000);
      cookies.add(cookie);
    }
    return cookies;
  }

  /** The connection ids in the files of {@code directory}, which no process has open. */
  public static Set<String> connectionIds(Path directory) throws IOException {
    SpoolDirectory spool = open(directory, 1L << 30, new SpoolCounts());
    RecordBlock block = new RecordBlock(100);
    ConnectionRecord view = new ConnectionRecord();
    Set<String> ids = new HashSet<>();
    while (spool.read(block)) {
      for (; block.hasNext(); block.skip(1)) {
        block.copyNext(view);
        ids.add(String.format("%016x", view.connectionId()));
      }
    }
    spool.close();
    return ids;
  }

  static SpoolDirectory open(Path directory, long limitBytes, SpoolCounts counts) {
    return SpoolDirectory.open(directory, new SpoolDisk(), limitBytes, counts);
  }

  /** Reads all that is there, in blocks of an odd size. */
  static List<Long> readAll(SpoolDirectory spool) throws IOException {
    RecordBlock block = new RecordBlock(7);
    List<Long> cookies = new ArrayList<>();
    while (spool.read(block)) {
      cookies.addAll(cookies(block));
    }
    return cookies;
  }

  /** A copy of the files, as a kill of this process would leave them. */
  public static Path copy(Path directory, Path into) {
    try (Stream<Path> files = Files.list(directory)) {
      Files.createDirectories(into);
      for (Path file : files.toList()) {
        Files.copy(file, into.resolve(file.getFileName()));
      }
      return into;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The files with records, oldest first. */
  public static List<Path> segments(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(file -> file.toString().endsWith(SpoolSegment.SUFFIX)).sorted().toList();
    }
  }

  /** Has {@code counts} say so. */
  public static void set(
      SpoolCounts counts, long full, long failed, long corrupt, long usageBytes) {
    counts.put(full + failed + corrupt);
    counts.dropFull(full);
    counts.dropFailed(failed);
    counts.dropCorrupt(corrupt);
    counts.setUsageBytes(usageBytes);
  }
}
