// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.AllocatedBytes;
import org.junit.jupiter.api.Test;

class RingReaderAllocationTest {
  @Test
  void drainingAllocatesNothing() {
    RingImage ring = new RingImage(1 << 16);
    RingReader reader = ring.reader();
    byte[] record = new byte[(int) tcp_probe_info.sizeof()];
    long[] seen = new long[1];
    RecordHandler handler = (data, offset, length) -> seen[0] += length;
    AllocatedBytes.requireNone(
        "RingReader.drain",
        () -> {
          ring.put(record);
          ring.put(record);
          reader.drain(handler);
          reader.availableBytes();
        });
    assertThat(seen[0]).isGreaterThan(0);
  }
}
