// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.record;

import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_tuple;

/**
 * The addresses and ports of a record, and how much telemetry tells of them. Hot: allocates
 * nothing, throws nothing.
 */
abstract class RecordAddresses extends RecordDetails {
  private static final long TUPLE = tcp_probe_info.tuple$offset();
  private static final long LOCAL_ADDRESS = TUPLE + tcp_probe_tuple.local_address$offset();
  private static final long PEER_ADDRESS = TUPLE + tcp_probe_tuple.peer_address$offset();
  private static final long LOCAL_PORT = TUPLE + tcp_probe_tuple.local_port$offset();
  private static final long PEER_PORT = TUPLE + tcp_probe_tuple.peer_port$offset();

  private final AddressText localText = new AddressText();
  private final AddressText peerText = new AddressText();

  private boolean isPeerKnown = true;
  private long knownPeerFirst;
  private long knownPeerSecond;

  /** The addresses are those of the connection, not yet masked. */
  final void knowPeer() {
    isPeerKnown = true;
    knownPeerFirst = peerAddress(0);
    knownPeerSecond = peerAddress(1);
  }

  /** Leaves of both addresses what telemetry tells; the peer stays known. */
  public void mask(AddressUse use) {
    if (use != AddressUse.FULL) {
      mask(LOCAL_ADDRESS, use);
      mask(PEER_ADDRESS, use);
    }
  }

  /** Likewise, of a copy whose original was masked perhaps: the peer is not known. */
  public void maskCopy(AddressUse use) {
    mask(use);
    isPeerKnown = use == AddressUse.FULL;
  }

  private void mask(long address, AddressUse use) {
    long first = u64(address);
    setU64(address + Long.BYTES, use.second(first, u64(address + Long.BYTES)));
    setU64(address, use.first(first));
  }

  /** Whether there is the whole address of the peer, masked or not. */
  public boolean isPeerKnown() {
    return isPeerKnown;
  }

  /** Half of the peer's address before it was masked. */
  public long knownPeer(int half) {
    return half == 0 ? knownPeerFirst : knownPeerSecond;
  }

  /** Whether telemetry has addresses; a connection's peer never has that of zeros. */
  public boolean hasAddresses() {
    return (peerAddress(0) | peerAddress(1)) != 0;
  }

  public int localPort() {
    return u16(LOCAL_PORT);
  }

  public int peerPort() {
    return u16(PEER_PORT);
  }

  /** The text of the local address; it stands until the next call. */
  public AddressText localText() {
    return localText.of(localAddress(0), localAddress(1));
  }

  /** The text of the peer's address, likewise. */
  public AddressText peerText() {
    return peerText.of(peerAddress(0), peerAddress(1));
  }

  /** The first or, with {@code half} 1, the second eight bytes of the local address, as stored. */
  public long localAddress(int half) {
    return u64(LOCAL_ADDRESS + Long.BYTES * half);
  }

  public long peerAddress(int half) {
    return u64(PEER_ADDRESS + Long.BYTES * half);
  }

  /** Allocates. */
  public String localAddressText() {
    return IpAddress.text(localAddress(0), localAddress(1));
  }

  /** Allocates. */
  public String peerAddressText() {
    return IpAddress.text(peerAddress(0), peerAddress(1));
  }
}
