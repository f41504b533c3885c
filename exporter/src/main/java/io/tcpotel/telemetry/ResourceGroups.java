// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import com.google.protobuf.CodedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/**
 * The records of a batch by their resource. Records lie in the order in which they came; those of
 * one resource that came one after the other are a run. A request has the runs of each resource
 * together:
 *
 * <pre>
 * | a | a | b | a | c | b |                                 records: runs aa b a c b
 * | head of a | a | a | a | head of b | b | b | head of c | c |   request
 * </pre>
 *
 * <p>Hot: {@link #begin} and {@link #added}, which allocate nothing once there were as many groups
 * before.
 */
final class ResourceGroups {
  /** Memory that a run takes. */
  static final int RUN_MEMORY_BYTES = 3 * Integer.BYTES;

  /**
   * Records that lie apart are gathered in so many bytes, which stay in the first-level cache, and
   * handed over together: gRPC takes as long for a few bytes as for some records, and copies one
   * after the other wait for memory together only if there is little between them.
   */
  private static final int WINDOW_BYTES = 1 << 14;

  private static final int NONE = -1;

  /** Of each run; it begins where the one before it ends. */
  private final int[] runEnd;

  private final int[] runGroup;

  /** The next run of the same group. */
  private final int[] nextRun;

  private Group[] all = {};
  private int runs;
  private int groups;

  /** Of all heads, at most. */
  private int headBytes;

  /** The run of the record that {@link #take} took last. */
  private int taken;

  /** The records of one resource. */
  private static final class Group {
    ResourceHead head;
    int firstRun;
    int lastRun;

    /** Of its records in the present part. */
    int bytes;
  }

  ResourceGroups(int mostRuns) {
    runEnd = new int[mostRuns];
    runGroup = new int[mostRuns];
    nextRun = new int[mostRuns];
  }

  void clear() {
    runs = 0;
    groups = 0;
    headBytes = 0;
  }

  private boolean has(ResourceHead head) {
    return head.group < groups && all[head.group].head == head;
  }

  /** Whether records of {@code head} may follow. */
  boolean hasRoom(ResourceHead head) {
    return runs < runEnd.length || all[runGroup[runs - 1]].head == head;
  }

  /** Of all heads, if records of {@code head} follow; at most. */
  int headBytes(ResourceHead head) {
    return has(head) ? headBytes : headBytes + head.mostBytes();
  }

  /** The records to come, of which there is one at least, are of {@code head}. */
  void begin(ResourceHead head) {
    if (!has(head)) {
      addGroup(head);
    } else if (runGroup[runs - 1] == head.group) {
      return;
    }
    Group group = all[head.group];
    if (group.lastRun == NONE) {
      group.firstRun = runs;
    } else {
      nextRun[group.lastRun] = runs;
    }
    group.lastRun = runs;
    runGroup[runs] = head.group;
    nextRun[runs] = NONE;
    runs++;
  }

  private void addGroup(ResourceHead head) {
    if (groups == all.length) {
      all = Arrays.copyOf(all, Math.max(8, 2 * groups));
    }
    if (all[groups] == null) {
      all[groups] = new Group();
    }
    Group added = all[groups];
    added.head = head;
    added.lastRun = NONE;
    head.group = groups++;
    headBytes += head.mostBytes();
  }

  /** A record was added behind the others. */
  void added(int end) {
    runEnd[runs - 1] = end;
  }

  /** A part begins, which is empty; {@link #take} takes its records. */
  void beginPart() {
    for (int i = 0; i < groups; i++) {
      all[i].bytes = 0;
    }
    taken = 0;
  }

  /** Takes a record into the part; returns by how much that makes the part larger, at most. */
  int take(int at, int end) {
    while (runEnd[taken] <= at) {
      taken++;
    }
    Group group = all[runGroup[taken]];
    int head = group.bytes == 0 ? group.head.mostBytes() : 0;
    group.bytes += end - at;
    return head + end - at;
  }

  /** Takes all records from {@code from} to {@code to} into the part; returns its size. */
  int seal(int from, int to) {
    beginPart();
    int at = 0;
    for (int run = 0; run < runs; run++) {
      all[runGroup[run]].bytes += Math.max(0, Math.min(runEnd[run], to) - Math.max(at, from));
      at = runEnd[run];
    }
    int size = 0;
    for (int i = 0; i < groups; i++) {
      size += all[i].bytes == 0 ? 0 : all[i].head.bytes(all[i].bytes);
    }
    return size;
  }

  /** Writes the part of {@code records} that was sealed, from {@code from} to {@code to}. */
  void write(OutputStream out, byte[] records, int from, int to) throws IOException {
    CodedOutputStream window = CodedOutputStream.newInstance(out, WINDOW_BYTES);
    for (int i = 0; i < groups; i++) {
      Group group = all[i];
      if (group.bytes != 0) {
        group.head.write(window, group.bytes);
        for (int run = group.firstRun; run != NONE; run = nextRun[run]) {
          int begin = Math.max(from, run == 0 ? 0 : runEnd[run - 1]);
          int length = Math.min(to, runEnd[run]) - begin;
          if (length > 0) {
            window.write(records, begin, length);
          }
        }
      }
    }
    window.flush();
  }
}
