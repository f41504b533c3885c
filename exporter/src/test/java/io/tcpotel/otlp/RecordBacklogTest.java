// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.AllocatedBytes;
import io.tcpotel.testing.RecordImage;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RecordBacklogTest {
  private static final int BLOCK_RECORDS = 3;

  private final RecordImage image = RecordImage.close();
  private final ConnectionRecord oldest = new ConnectionRecord();

  private boolean add(RecordBacklog backlog, long cookie) {
    return backlog.add(image.socketCookie(cookie).view(), cookie + 1000, cookie + 2000);
  }

  private long remove(RecordBacklog backlog) {
    RecordBlock first = backlog.first();
    long cookie = requireNext(first);
    backlog.remove();
    return cookie;
  }

  private long requireNext(RecordBlock block) {
    block.copyNext(oldest);
    long cookie = oldest.socketCookie();
    assertThat(block.nextTimeNs()).isEqualTo(cookie + 1000);
    assertThat(block.nextObservedNs()).isEqualTo(cookie + 2000);
    return cookie;
  }

  /** 0 to 6 add, 7 to 8 remove the oldest, 9 removes a block and gives it back. */
  @Property(tries = 300)
  void behavesAsABoundedQueue(
      @ForAll @Size(max = 300) List<@IntRange(max = 9) Integer> actions,
      @ForAll @IntRange(min = 1, max = 7) int blocks) {
    RecordBacklog backlog = new RecordBacklog(BLOCK_RECORDS, blocks);
    Deque<Long> model = new ArrayDeque<>();
    AtomicLong next = new AtomicLong(1);
    for (int action : actions) {
      if (action <= 6) {
        boolean hadRoom = backlog.hasRoom();
        assertThat(add(backlog, next.get())).isEqualTo(hadRoom);
        if (hadRoom) {
          model.add(next.get());
        } else {
          // Of the oldest block some may be taken, and its slots are not free before all are.
          assertThat(model).hasSizeGreaterThan((blocks - 1) * BLOCK_RECORDS);
        }
        next.incrementAndGet();
      } else if (action <= 8 && !model.isEmpty()) {
        assertThat(remove(backlog)).isEqualTo(model.poll());
      } else if (!model.isEmpty()) {
        RecordBlock block = backlog.removeBlock();
        for (; block.hasNext(); block.skip(1)) {
          assertThat(requireNext(block)).isEqualTo(model.poll());
        }
        backlog.giveBack(block);
      }
      assertThat(backlog.size()).isEqualTo(model.size());
      assertThat(backlog.isEmpty()).isEqualTo(model.isEmpty());
      assertThat(backlog.first() == null).isEqualTo(model.isEmpty());
    }
    backlog.clear();
    assertThat(backlog.isEmpty()).isTrue();
    for (int i = 0; i < backlog.capacity(); i++) {
      assertThat(add(backlog, 5)).isTrue();
    }
    assertThat(add(backlog, 5)).isFalse();
  }

  /** Bytes that no field and no constant can explain. */
  @Test
  void givesEveryByteOfARecordBack() {
    int size = (int) tcp_probe_info.sizeof();
    byte[][] records = new byte[2][size];
    RecordBacklog backlog = new RecordBacklog(BLOCK_RECORDS, 1);
    for (int i = 0; i < records.length; i++) {
      for (int at = 0; at < size; at++) {
        records[i][at] = (byte) (at * 7 + 3 + i);
      }
      ConnectionRecord record = new ConnectionRecord();
      MemorySegment words = MemorySegment.ofArray(new long[size / Long.BYTES]);
      backlog.add(record.copyFrom(words.copyFrom(MemorySegment.ofArray(records[i])), 0), i, i + 5);
    }
    for (byte[] record : records) {
      MemorySegment copy = MemorySegment.ofArray(new long[size / Long.BYTES]);
      backlog.first().copyNext(oldest);
      oldest.copyTo(copy, 0);
      assertThat(copy.toArray(ValueLayout.JAVA_BYTE)).isEqualTo(record);
      backlog.remove();
    }
  }

  @Test
  void allocatesBlocksWhenTheyAreNeededAndKeepsThem() {
    RecordBacklog backlog = new RecordBacklog(100, 100);
    ConnectionRecord record = image.view();
    for (int i = 0; i < 10_000; i++) {
      backlog.add(record, 1, 2);
    }
    backlog.clear();
    AllocatedBytes.requireNone(
        "RecordBacklog.add",
        () -> {
          backlog.add(record, 1, 2);
          backlog.remove();
        });
    assertThat(backlog.isEmpty()).isTrue();
  }
}
