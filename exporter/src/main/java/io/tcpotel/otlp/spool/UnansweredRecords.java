// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import java.util.List;

/** Records that the program leaves to the next run, oldest first. */
public final class UnansweredRecords {
  private final List<RecordBlock> blocks;

  public UnansweredRecords(List<RecordBlock> blocks) {
    this.blocks = List.copyOf(blocks);
  }

  List<RecordBlock> blocks() {
    return blocks;
  }

  public long count() {
    return blocks.stream().mapToLong(RecordBlock::left).sum();
  }

  /** Drops all but the newest {@code most}; returns the number of dropped records. */
  long keepNewest(long most) {
    long dropped = Math.clamp(count() - most, 0, count());
    long toDrop = dropped;
    for (RecordBlock block : blocks) {
      int skipped = (int) Math.min(toDrop, block.left());
      block.skip(skipped);
      toDrop -= skipped;
    }
    return dropped;
  }
}
