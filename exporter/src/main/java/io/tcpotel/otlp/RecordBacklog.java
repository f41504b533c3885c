// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.otlp.spool.RecordBlock;
import io.tcpotel.record.ConnectionRecord;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Records that wait in memory, oldest first, as the kernel wrote them: encoded they would take
 * twice the memory. A chain of blocks, which are allocated when they are first needed, and kept.
 * One thread uses it. Hot: {@link #add}.
 */
final class RecordBacklog {
  private final int blockRecords;
  private final int mostBlocks;
  private final Deque<RecordBlock> chain = new ArrayDeque<>();
  private final Deque<RecordBlock> free = new ArrayDeque<>();
  private int blocks;
  private long size;

  /**
   * @param blockRecords of a block
   * @param mostBlocks in all
   */
  RecordBacklog(int blockRecords, int mostBlocks) {
    this.blockRecords = blockRecords;
    this.mostBlocks = mostBlocks;
  }

  /** Number of records for which there is memory. */
  long capacity() {
    return (long) blockRecords * mostBlocks;
  }

  boolean isEmpty() {
    return size == 0;
  }

  long size() {
    return size;
  }

  boolean hasRoom() {
    return !chain.isEmpty() && chain.getLast().hasRoom() || !free.isEmpty() || blocks < mostBlocks;
  }

  /** Copies a record behind the others; false if there is no room. */
  boolean add(ConnectionRecord connection, long timeNs, long observedNs) {
    RecordBlock last = chain.peekLast();
    if (last == null || !last.hasRoom()) {
      last = takeFree();
      if (last == null) {
        return false;
      }
      chain.addLast(last);
    }
    last.add(connection, timeNs, observedNs);
    size++;
    return true;
  }

  private RecordBlock takeFree() {
    RecordBlock block = free.pollLast();
    if (block == null && blocks < mostBlocks) {
      block = new RecordBlock(blockRecords);
      blocks++;
    }
    return block;
  }

  /** The block with the oldest record as its next; null if there is none. */
  RecordBlock first() {
    return chain.peekFirst();
  }

  /** Forgets the oldest record. */
  void remove() {
    RecordBlock first = chain.getFirst();
    first.skip(1);
    size--;
    if (!first.hasNext()) {
      giveBack(chain.removeFirst());
    }
  }

  /** Hands the block with the oldest records over; {@link #giveBack} returns it. */
  RecordBlock removeBlock() {
    RecordBlock block = chain.removeFirst();
    size -= block.left();
    return block;
  }

  /** Takes a block of {@link #removeBlock} with its records, in front of the others. */
  void putBack(RecordBlock block) {
    chain.addFirst(block);
    size += block.left();
  }

  /** A block that is free again. */
  void giveBack(RecordBlock block) {
    block.clear();
    free.addLast(block);
  }

  /** Forgets all records. */
  void clear() {
    while (!chain.isEmpty()) {
      giveBack(removeBlock());
    }
  }
}
