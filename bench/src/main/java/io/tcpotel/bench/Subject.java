// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

/** A way to a collector that {@link Throughput} measures. One thread calls. */
public interface Subject extends AutoCloseable {
  /** Hands over the whole capture once; waits where not to wait would lose something. */
  void pass() throws Exception;

  /** Log records that were handed over. */
  long handed();

  /** Of these, those that have arrived. */
  long arrived();

  /** Returns when all that was handed over has arrived, or throws. */
  void finish() throws Exception;

  @Override
  void close() throws java.io.IOException;
}
