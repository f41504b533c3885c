// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.record.ConnectionRecord;

/** Names of peers by their address. */
public final class PeerNames {
  /** Without a names file. */
  public static PeerNames none() {
    return new PeerNames();
  }

  /** Hot. The name of the peer; null if there is none. */
  public PeerName of(ConnectionRecord connection) {
    return null;
  }
}
