// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.otlp.spool.RecordBlock;

/**
 * A request of log records without a final answer: how many of its records have one. The channel's
 * thread writes, and the reader's thread at the end.
 */
final class SentRequest {
  private final RequestBuffer buffer;
  private final long sentAtNs;

  /** The reader's thread alone uses it. */
  private long endSequence;

  private int answeredRecords;
  private boolean isDone;

  SentRequest(RequestBuffer buffer, long endSequence, long sentAtNs) {
    this.buffer = buffer;
    this.endSequence = endSequence;
    this.sentAtNs = sentAtNs;
  }

  RequestBuffer buffer() {
    return buffer;
  }

  /** CLOCK_MONOTONIC. */
  long sentAtNs() {
    return sentAtNs;
  }

  /** The number in the spool behind its records, and behind later ones that have an answer. */
  long endSequence() {
    return endSequence;
  }

  void setEndSequence(long endSequence) {
    this.endSequence = endSequence;
  }

  synchronized boolean isDone() {
    return isDone;
  }

  /** The present part has an answer; false if {@link #takeBack} came before. */
  synchronized boolean answerPart(int records) {
    answeredRecords += isDone ? 0 : records;
    return !isDone;
  }

  synchronized void end() {
    isDone = true;
  }

  /** Ends it; returns the number of records without an answer, which will have none. */
  synchronized int giveUp() {
    int left = isDone ? 0 : buffer.batch().records() - answeredRecords;
    isDone = true;
    return left;
  }

  /** The copies of the records without an answer; later answers have no effect. */
  synchronized RecordBlock takeBack() {
    isDone = true;
    buffer.copies().skip(answeredRecords);
    return buffer.copies();
  }
}
