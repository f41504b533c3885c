// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

/**
 * Counts of the records in the spool. From any thread; each method leaves the sums equal:
 *
 * <pre>
 * recovered + put = pending + taken + full + failed + corrupt
 * </pre>
 */
public final class SpoolCounts {
  private long recovered;
  private long full;
  private long failed;
  private long corrupt;

  /** Written under the lock; the reader of the ring looks at it per record. */
  private volatile long pending;

  private long usageBytes;
  private long foreignEntries;

  /** One moment's counts. */
  public record Snapshot(long recovered, long pending, long full, long failed, long corrupt) {}

  synchronized void recovered(long records) {
    recovered += records;
    pending += records;
  }

  synchronized void recoveredCorrupt(long records) {
    recovered += records;
    corrupt += records;
  }

  /** The spool takes {@code records} over. */
  synchronized void put(long records) {
    pending += records;
  }

  /** The spool gives {@code records} back. */
  synchronized void taken(long records) {
    pending -= records;
  }

  synchronized void dropFull(long records) {
    pending -= records;
    full += records;
  }

  synchronized void dropFailed(long records) {
    pending -= records;
    failed += records;
  }

  synchronized void dropCorrupt(long records) {
    pending -= records;
    corrupt += records;
  }

  synchronized void setUsageBytes(long bytes) {
    usageBytes = bytes;
  }

  synchronized void foreignEntry() {
    foreignEntries++;
  }

  /** Entries of the directory that are no files of the spool, and are left alone. */
  synchronized long foreignEntries() {
    return foreignEntries;
  }

  public synchronized Snapshot snapshot() {
    return new Snapshot(recovered, pending, full, failed, corrupt);
  }

  /** Left by an earlier run, damaged ones included. */
  public synchronized long recovered() {
    return recovered;
  }

  /** The oldest records, dropped for want of room. */
  public synchronized long full() {
    return full;
  }

  /** Dropped after an error of the disk. */
  public synchronized long failed() {
    return failed;
  }

  /** Damaged, or of a version that this program does not know. */
  public synchronized long corrupt() {
    return corrupt;
  }

  /** On the disk, about to be written, or read back and not yet in a request. */
  public long pending() {
    return pending;
  }

  /** Size of the files. */
  public synchronized long usageBytes() {
    return usageBytes;
  }
}
