// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.RecordHandler;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.bpf.abi.tcp_probe_info;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StoredRingTest {
  /** Two sizes, as kinds have. */
  private static int bytes(long cookie) {
    return cookie % 3 == 0 ? RecordKind.OPEN.bytes() : RecordKind.CLOSE.bytes();
  }

  private static StoredRing ringOf(int records) {
    StoredRing ring = new StoredRing();
    for (int i = 0; i < records; i++) {
      tcp_probe_info.socket_cookie(ring.append(bytes(i + 1)), i + 1);
    }
    return ring;
  }

  /** Drains; what came, by its cookie. */
  private static int drain(RingReader reader, List<Long> cookies, int wanted) {
    RecordHandler handler =
        new RecordHandler() {
          private int left = wanted;

          @Override
          public boolean wantsNext(long waitingBytes) {
            return left > 0;
          }

          @Override
          public void onRecord(java.lang.foreign.MemorySegment data, long offset, int length) {
            long cookie = tcp_probe_info.socket_cookie(data.asSlice(offset, length));
            assertThat(length).isEqualTo(bytes(cookie));
            cookies.add(cookie);
            left--;
          }
        };
    return reader.drain(handler);
  }

  private static List<Long> cookies(int records, int passes) {
    List<Long> cookies = new ArrayList<>();
    for (int pass = 0; pass < passes; pass++) {
      for (long cookie = 1; cookie <= records; cookie++) {
        cookies.add(cookie);
      }
    }
    return cookies;
  }

  /** Given out in steps of any size, to a reader that takes as many as it likes. */
  @Property(tries = 300)
  void eachPassIsTheSameRecords(
      @ForAll @IntRange(min = 0, max = 700) int records, @ForAll long seed) {
    Random random = new Random(seed);
    List<Long> came = new ArrayList<>();
    try (StoredRing ring = ringOf(records)) {
      RingReader reader = ring.reader();
      for (int pass = 0; pass < 3; pass++) {
        int published = 0;
        while (published < records || !ring.isDrained()) {
          published = Math.min(records, published + random.nextInt(100));
          ring.publish(published);
          drain(reader, came, 1 + random.nextInt(100));
        }
        ring.rewind();
      }
    }
    assertThat(came).isEqualTo(cookies(records, 3));
  }

  @Test
  void recordsStayWhereTheyAre() {
    try (StoredRing ring = ringOf(300)) {
      assertThat(ring.records()).isEqualTo(300);
      assertThat(tcp_probe_info.socket_cookie(ring.record(0))).isEqualTo(1);
      assertThat(tcp_probe_info.socket_cookie(ring.record(299))).isEqualTo(300);
      assertThat(ring.record(298).byteSize()).isEqualTo(bytes(299));
      assertThat(ring.record(299).byteSize()).isEqualTo(bytes(300));
    }
  }

  @Test
  void nothingIsReadBeforeItIsPublished() {
    List<Long> came = new ArrayList<>();
    try (StoredRing ring = ringOf(5)) {
      RingReader reader = ring.reader();
      assertThat(drain(reader, came, 9)).isZero();
      ring.publish(2);
      assertThat(ring.isDrained()).isFalse();
      assertThat(drain(reader, came, 9)).isEqualTo(2);
      assertThat(ring.isDrained()).isTrue();
      assertThat(came).containsExactly(1L, 2L);
    }
  }
}
