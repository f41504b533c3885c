// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** One record of the ring, copied: every field of struct tcp_probe_info, and its bytes. */
record CapturedRecord(
    long version,
    long size,
    RecordKind kind,
    long type,
    long protocol,
    long direction,
    long state,
    long previousState,
    boolean connSuccess,
    boolean openReported,
    long closedBy,
    boolean finReceived,
    long skErr,
    Tuple tuple,
    long generation,
    long socketCookie,
    long netnsCookie,
    long cgroupId,
    long durationNs,
    long closeNs,
    long sentBytes,
    long receivedBytes,
    long reportedSentBytes,
    long reportedReceivedBytes,
    long segsOut,
    long segsIn,
    long totalRetrans,
    long lost,
    long reportedSegsOut,
    long reportedSegsIn,
    long reportedTotalRetrans,
    long lostOut,
    long unackedBytes,
    long unreadBytes,
    long srttEighthUs,
    long rttMinUs,
    long mssCache,
    long pid,
    String command,
    MemorySegment raw) {

  /** struct tcp_probe_tuple, with the addresses as text. */
  record Tuple(String localAddress, String peerAddress, long localPort, long peerPort) {
    static Tuple of(ConnectionRecord view) {
      return new Tuple(
          view.localAddressText(), view.peerAddressText(), view.localPort(), view.peerPort());
    }
  }

  static CapturedRecord copy(MemorySegment data, long offset) {
    // As longs, because an array of bytes promises no alignment.
    long[] words = data.asSlice(offset, tcp_probe_info.sizeof()).toArray(ValueLayout.JAVA_LONG);
    MemorySegment raw = MemorySegment.ofArray(words);
    return of(new ConnectionRecord().copyFrom(raw, 0), raw);
  }

  private static CapturedRecord of(ConnectionRecord view, MemorySegment raw) {
    return new CapturedRecord(
        tcp_probe_info.version(raw),
        tcp_probe_info.size(raw),
        view.kind(),
        view.type(),
        view.protocol(),
        view.direction(),
        view.state(),
        view.previousState(),
        view.connSuccess(),
        view.openReported(),
        view.closedBy(),
        view.finReceived(),
        view.skErr(),
        Tuple.of(view),
        view.generation(),
        view.socketCookie(),
        view.netnsCookie(),
        view.cgroupId(),
        view.durationNs(),
        view.closeNs(),
        view.sentBytes(),
        view.receivedBytes(),
        view.reportedSentBytes(),
        view.reportedReceivedBytes(),
        view.segsOut(),
        view.segsIn(),
        view.totalRetrans(),
        view.lost(),
        view.reportedSegsOut(),
        view.reportedSegsIn(),
        view.reportedTotalRetrans(),
        view.lostOut(),
        view.unackedBytes(),
        view.unreadBytes(),
        view.srttEighthUs(),
        view.rttMinUs(),
        view.mssCache(),
        view.pid(),
        view.command(),
        raw);
  }

  /** The record as the program reads it. */
  ConnectionRecord view() {
    return new ConnectionRecord().copyFrom(raw, 0);
  }

  String localAddress() {
    return tuple.localAddress();
  }

  String peerAddress() {
    return tuple.peerAddress();
  }

  long localPort() {
    return tuple.localPort();
  }

  long peerPort() {
    return tuple.peerPort();
  }

  boolean isOpen() {
    return kind == RecordKind.OPEN;
  }

  long localIsn() {
    return view().localIsn();
  }

  long peerIsn() {
    return view().peerIsn();
  }

  boolean preexisting() {
    return view().preexisting();
  }

  boolean isEnd() {
    return kind == RecordKind.CLOSE || kind == RecordKind.FAILED;
  }

  boolean isOutbound() {
    return direction == ProbeAbi.TCP_PROBE_OUTBOUND();
  }
}
