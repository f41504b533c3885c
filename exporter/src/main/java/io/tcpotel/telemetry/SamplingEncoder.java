// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.SamplingThreshold;

/**
 * Writes with which threshold a record was kept, as the Collector's probabilistic sampler reads it.
 * Hot: allocates nothing, throws nothing. One thread uses it.
 */
final class SamplingEncoder {
  private static final AttributeWriter THRESHOLD =
      AttributeWriter.of(LogAttribute.SAMPLING_THRESHOLD);
  private static final AttributeWriter RANDOMNESS =
      AttributeWriter.of(LogAttribute.SAMPLING_RANDOMNESS);

  static final int THRESHOLD_DIGITS = 8;
  private static final int RANDOMNESS_DIGITS = 14;
  private static final int RANDOM_BITS = 4 * RANDOMNESS_DIGITS;

  private final byte[] text = new byte[HexText.BYTES];

  /**
   * Writes nothing while nothing is thinned.
   *
   * @param hasTraceId whether the record has a trace id, whose bits are its randomness
   */
  void write(AttributeOutput to, ConnectionRecord connection, boolean hasTraceId) {
    long threshold = connection.samplingThreshold();
    if (threshold == SamplingThreshold.NONE) {
      return;
    }
    int digits = writeThreshold(threshold, text);
    THRESHOLD.writeString(to, text, digits);
    if (!hasTraceId) {
      HexText.write(randomness(connection, threshold) << Long.SIZE - RANDOM_BITS, text, 0);
      RANDOMNESS.writeString(to, text, RANDOMNESS_DIGITS);
    }
  }

  /** Writes the digits without the zeros at the end; returns how many there are, at least one. */
  static int writeThreshold(long threshold, byte[] to) {
    HexText.write(threshold << Integer.SIZE, to, 0);
    int digits = THRESHOLD_DIGITS;
    while (digits > 1 && to[digits - 1] == '0') {
      digits--;
    }
    return digits;
  }

  /**
   * Random bits that are not below the threshold, the same for all records of the connection that
   * have the threshold. Not those of the trace id, from which sequence numbers could be found.
   */
  private static long randomness(ConnectionRecord connection, long threshold) {
    long started = connection.closeNs() - connection.durationNs();
    long random = mix(connection.connectionId() ^ mix(started ^ connection.netnsCookie() << 1));
    long room = SamplingThreshold.END - threshold << RANDOM_BITS - Integer.SIZE;
    return (threshold << RANDOM_BITS - Integer.SIZE) + Math.unsignedMultiplyHigh(random, room);
  }

  /** The finalizer of MurmurHash3. */
  private static long mix(long value) {
    long mixed = (value ^ value >>> 33) * 0xff51afd7ed558ccdL;
    mixed = (mixed ^ mixed >>> 33) * 0xc4ceb9fe1a85ec53L;
    return mixed ^ mixed >>> 33;
  }
}
