// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.AllocatedBytes;
import io.tcpotel.testing.RecordImage;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class RecordBacklogTest {
  private static final int SIZE = (int) tcp_probe_info.sizeof();
  private final RecordImage image = RecordImage.close();

  /** 0 to 5 offers, 6 to 8 takes the oldest, 9 forgets everything. */
  @Property(tries = 300)
  void behavesAsABoundedQueue(
      @ForAll @Size(max = 300) List<@IntRange(max = 9) Integer> actions,
      @ForAll @IntRange(max = 20) int capacity) {
    RecordBacklog backlog = new RecordBacklog(capacity * RecordBacklog.SLOT_BYTES + 7);
    Deque<Long> model = new ArrayDeque<>();
    ConnectionRecord view = new ConnectionRecord();
    long next = 1;
    for (int action : actions) {
      if (action <= 5) {
        image.socketCookie(next);
        boolean taken = backlog.offer(image.data(), 0, next + 1000, next + 2000);
        assertThat(taken).isEqualTo(model.size() < capacity);
        if (taken) {
          model.add(next);
        }
        next++;
      } else if (action == 9) {
        backlog.close();
        model.clear();
      } else if (!model.isEmpty()) {
        backlog.peek(view);
        long oldest = model.poll();
        assertThat(view.socketCookie()).isEqualTo(oldest);
        assertThat(view.peerAddressText()).isEqualTo("10.9.8.7");
        assertThat(backlog.oldestTimeNs()).isEqualTo(oldest + 1000);
        assertThat(backlog.oldestObservedNs()).isEqualTo(oldest + 2000);
        backlog.remove();
      }
      assertThat(backlog.size()).isEqualTo(model.size());
      assertThat(backlog.isEmpty()).isEqualTo(model.isEmpty());
    }
  }

  @Test
  void givesEveryByteOfARecordBack() {
    RecordBacklog backlog = new RecordBacklog(10 * RecordBacklog.SLOT_BYTES);
    backlog.offer(RecordImage.failure().data(), 0, 1, 2);
    backlog.offer(image.data(), 0, 3, 4);
    backlog.remove();
    ConnectionRecord view = new ConnectionRecord();
    backlog.peek(view);
    assertThat(view.command()).isEqualTo("curl");
    assertThat(view.mssCache()).isEqualTo(1448);
    assertThat(view.check(SIZE)).isEqualTo(image.view().check(SIZE));
  }

  @Test
  void closingTwiceDoesNoHarm() {
    RecordBacklog backlog = new RecordBacklog(1000);
    backlog.close();
    assertThat(backlog.offer(image.data(), 0, 1, 2)).isTrue();
    backlog.close();
    backlog.close();
    assertThat(backlog.isEmpty()).isTrue();
  }

  @Test
  void keepingARecordAllocatesNothing() {
    RecordBacklog backlog = new RecordBacklog(100 * RecordBacklog.SLOT_BYTES);
    backlog.offer(image.data(), 0, 1, 2); // while one stays, so does the memory
    AllocatedBytes.requireNone(
        "RecordBacklog.offer",
        () -> {
          backlog.offer(image.data(), 0, 1, 2);
          backlog.remove();
        });
    assertThat(backlog.size()).isEqualTo(1);
  }
}
