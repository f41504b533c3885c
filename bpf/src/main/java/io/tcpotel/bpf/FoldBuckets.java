// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import io.tcpotel.bpf.abi.ProbeAbi;
import java.util.Collections;
import java.util.List;

/**
 * The histogram buckets of the ends that the kernel folds: upper bounds in ns, inclusive and
 * growing; behind the last is one more bucket.
 *
 * @param durationNs of a connection's duration, {@code TCP_PROBE_DURATION_BOUNDS} of them
 * @param rttNs of its smoothed and of its lowest round-trip time, {@code TCP_PROBE_RTT_BOUNDS} of
 *     them
 * @param handshakeNs of a client's handshake, {@code TCP_PROBE_HANDSHAKE_BOUNDS} of them
 */
public record FoldBuckets(List<Long> durationNs, List<Long> rttNs, List<Long> handshakeNs) {
  /** All values in the last bucket, for readers that do not read folds. */
  public static final FoldBuckets NONE =
      new FoldBuckets(
          Collections.nCopies(ProbeAbi.TCP_PROBE_DURATION_BOUNDS(), 0L),
          Collections.nCopies(ProbeAbi.TCP_PROBE_RTT_BOUNDS(), 0L),
          Collections.nCopies(ProbeAbi.TCP_PROBE_HANDSHAKE_BOUNDS(), 0L));

  public FoldBuckets {
    if (durationNs.size() != ProbeAbi.TCP_PROBE_DURATION_BOUNDS()
        || rttNs.size() != ProbeAbi.TCP_PROBE_RTT_BOUNDS()
        || handshakeNs.size() != ProbeAbi.TCP_PROBE_HANDSHAKE_BOUNDS()) {
      throw new IllegalArgumentException("the kernel programs have buckets of other numbers");
    }
  }
}
