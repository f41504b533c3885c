// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.tcpotel.bpf.RecordHandler;
import io.tcpotel.bpf.RingReader;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.recording.StoredRing;
import java.util.stream.IntStream;

/** A ring with records of the {@link RecordMix}, to be read again and again. */
final class MixRing {
  /** So many that no branch is guessed right because the same records came before. */
  static final int RECORDS = 1 << 14;

  private final StoredRing ring = new StoredRing();
  private final RingReader reader;

  MixRing() {
    RecordMix mix = new RecordMix();
    for (int i = 0; i < RECORDS; i++) {
      mix.write(ring.append(RecordMix.RECORD_BYTES));
    }
    reader = ring.reader();
  }

  /** Hands over all records once. */
  int drain(RecordHandler handler) {
    ring.publish(RECORDS);
    int records = reader.drain(handler);
    ring.rewind();
    return records;
  }

  /** The record of this number. */
  ConnectionRecord record(int number) {
    return new ConnectionRecord().copyFrom(ring.record(number), 0);
  }

  /** All records. */
  ConnectionRecord[] records() {
    return IntStream.range(0, RECORDS).mapToObj(this::record).toArray(ConnectionRecord[]::new);
  }
}
