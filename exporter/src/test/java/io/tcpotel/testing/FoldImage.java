// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_fold;
import io.tcpotel.bpf.abi.tcp_probe_fold_key;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.FoldedEnds;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A {@code struct tcp_probe_fold} with its key, as the kernel lays them out; all numbers differ.
 */
public final class FoldImage {
  /** From 10 to 20 ms. */
  public static final int DURATION_BUCKET = 5;

  /** From 100 to 250 us. */
  public static final int RTT_BUCKET = 2;

  /** From 250 to 500 us. */
  public static final int MIN_RTT_BUCKET = 3;

  /** From 1 to 2.5 ms. */
  public static final int HANDSHAKE_BUCKET = 4;

  private final MemorySegment key = Arena.ofAuto().allocate(tcp_probe_fold_key.layout());
  private final MemorySegment sums = Arena.ofAuto().allocate(tcp_probe_fold.layout());

  /** Clients of port 5432 whose connections ended well. */
  public static FoldImage closes() {
    FoldImage image = new FoldImage().direction(ProbeAbi.TCP_PROBE_OUTBOUND()).serverPort(5432);
    image.error(true, 0, 9, true, false, false);
    tcp_probe_fold.opened(image.sums, 101);
    tcp_probe_fold.closed(image.sums, 29);
    tcp_probe_fold.adopted(image.sums, 53);
    tcp_probe_fold.adopted_closed(image.sums, 11);
    tcp_probe_fold.sent_bytes(image.sums, 40_001);
    tcp_probe_fold.received_bytes(image.sums, 50_002);
    tcp_probe_fold.segs_out(image.sums, 603);
    tcp_probe_fold.segs_in(image.sums, 704);
    tcp_probe_fold.total_retrans(image.sums, 85);
    tcp_probe_fold.lost(image.sums, 86);
    tcp_probe_fold.network_limited_ms(image.sums, 3101);
    tcp_probe_fold.receiver_limited_ms(image.sums, 3202);
    tcp_probe_fold.send_buffer_limited_ms(image.sums, 3303);
    tcp_probe_fold.stalled_ms(image.sums, 3404);
    tcp_probe_fold.timeouts(image.sums, 35);
    tcp_probe_fold.spurious_retransmits(image.sums, 36);
    tcp_probe_fold.out_of_order_segments(image.sums, 37);
    tcp_probe_fold.stalled_ended(image.sums, 7);
    tcp_probe_fold.not_accepted_ended(image.sums, 6);
    image.duration(DURATION_BUCKET, 3, 45_000_000).rtt(RTT_BUCKET, 4, 800_000);
    return image.minRtt(MIN_RTT_BUCKET, 5, 1_500_000).handshake(HANDSHAKE_BUCKET, 6, 9_000_000);
  }

  /**
   * Three of {@link RecordImage#close} whose open was not reported, which took 12, 15 and 18 ms,
   * with round trips of 120, 150 and 180 us, and handshakes of 1.2, 1.5 and 1.8 ms that no update
   * had reported.
   */
  public static FoldImage likeThreeCloses() {
    FoldImage image = closes();
    tcp_probe_fold.opened(image.sums, 3);
    tcp_probe_fold.closed(image.sums, 3);
    tcp_probe_fold.adopted(image.sums, 0);
    tcp_probe_fold.adopted_closed(image.sums, 0);
    tcp_probe_fold.sent_bytes(image.sums, 3 * 5300);
    tcp_probe_fold.received_bytes(image.sums, 3 * 88_000);
    tcp_probe_fold.segs_out(image.sums, 3 * 71);
    tcp_probe_fold.segs_in(image.sums, 3 * 80);
    tcp_probe_fold.total_retrans(image.sums, 3 * 3);
    tcp_probe_fold.lost(image.sums, 3);
    tcp_probe_fold.network_limited_ms(image.sums, 3 * 500);
    tcp_probe_fold.receiver_limited_ms(image.sums, 3 * 150);
    tcp_probe_fold.send_buffer_limited_ms(image.sums, 3 * 60);
    tcp_probe_fold.stalled_ms(image.sums, 3 * 100);
    tcp_probe_fold.timeouts(image.sums, 3 * 3);
    tcp_probe_fold.spurious_retransmits(image.sums, 3 * 11);
    tcp_probe_fold.out_of_order_segments(image.sums, 3 * 21);
    tcp_probe_fold.stalled_ended(image.sums, 0);
    tcp_probe_fold.not_accepted_ended(image.sums, 0);
    image.duration(DURATION_BUCKET, 3, 45_000_000).rtt(RTT_BUCKET, 3, 450_000);
    return image.minRtt(MIN_RTT_BUCKET, 3, 3 * 301_000).handshake(HANDSHAKE_BUCKET, 3, 4_500_000);
  }

  /** One of {@link RecordImage#failure}. */
  public static FoldImage likeAFailure() {
    FoldImage image = failures(1);
    tcp_probe_fold.segs_out(image.sums, 1);
    tcp_probe_fold.segs_in(image.sums, 1);
    tcp_probe_fold.lost(image.sums, 1);
    return image.handshake(13, 1, 1_204_400_000);
  }

  /** Connects of clients to port 5432 that were refused. */
  public static FoldImage failures(long failed) {
    FoldImage image = new FoldImage().direction(ProbeAbi.TCP_PROBE_OUTBOUND()).serverPort(5432);
    tcp_probe_fold.failed(image.sums, failed);
    return image.error(false, 111, 2, false, false, false);
  }

  public FoldImage direction(int direction) {
    tcp_probe_fold_key.direction(key, (byte) direction);
    return this;
  }

  /** Of all that has no entry of its own. */
  public FoldImage rest() {
    tcp_probe_fold_key.overflow(key, (byte) ProbeAbi.TCP_PROBE_REST());
    return this;
  }

  public FoldImage serverPort(int port) {
    tcp_probe_fold_key.server_port(key, (short) port);
    return this;
  }

  /** The parts of the key from which the error follows. */
  public FoldImage error(
      boolean success, int errno, int previousState, boolean fin, boolean unacked, boolean unread) {
    tcp_probe_fold_key.conn_success(key, bit(success));
    tcp_probe_fold_key.sk_err(key, (short) errno);
    tcp_probe_fold_key.previous_state(key, (byte) previousState);
    tcp_probe_fold_key.fin_received(key, bit(fin));
    tcp_probe_fold_key.has_unacked_bytes(key, bit(unacked));
    tcp_probe_fold_key.has_unread_bytes(key, bit(unread));
    return this;
  }

  private static byte bit(boolean set) {
    return (byte) (set ? 1 : 0);
  }

  public FoldImage duration(int bucket, long count, long sumNs) {
    tcp_probe_fold.duration_count(sums, bucket, count);
    tcp_probe_fold.duration_sum_ns(sums, bucket, sumNs);
    return this;
  }

  public FoldImage rtt(int bucket, long count, long sumNs) {
    tcp_probe_fold.rtt_count(sums, bucket, count);
    tcp_probe_fold.rtt_sum_ns(sums, bucket, sumNs);
    return this;
  }

  public FoldImage minRtt(int bucket, long count, long sumNs) {
    tcp_probe_fold.min_rtt_count(sums, bucket, count);
    tcp_probe_fold.min_rtt_sum_ns(sums, bucket, sumNs);
    return this;
  }

  public FoldImage handshake(int bucket, long count, long sumNs) {
    tcp_probe_fold.handshake_count(sums, bucket, count);
    tcp_probe_fold.handshake_sum_ns(sums, bucket, sumNs);
    return this;
  }

  /** Nothing yet, under the key of {@code end}. */
  public static FoldImage keyOf(ConnectionRecord end) {
    boolean success = end.kind() == RecordKind.CLOSE;
    return new FoldImage()
        .direction(end.direction())
        .serverPort(end.direction() == 2 ? end.peerPort() : end.localPort())
        .error(
            success,
            end.skErr(),
            end.previousState(),
            end.finReceived(),
            success && end.unackedBytes() != 0,
            success && end.unreadBytes() != 0);
  }

  /** The key's bytes; two keys are one if these are equal. */
  public ByteBuffer key() {
    return key.asByteBuffer();
  }

  /** Adds what the kernel would. */
  public void add(ConnectionRecord end) {
    new FoldModel(sums).add(end);
  }

  public FoldedEnds view() {
    return new FoldedEnds().at(key, sums);
  }
}
