// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.workload.Workload;

/**
 * A workload as the metrics see it. The series of one that ended before a collection has shown any
 * become those of its group. The reader's thread changes it, under the lock of the series if a
 * collection sees the change.
 */
final class SeriesOwner {
  private final Workload workload;

  /** How many there are. */
  private int series;

  /** The owner of the group, if series are shared with it; else null. */
  private SeriesOwner group;

  /**
   * Collections leave series out until it is known that the workload is no more a short-lived one.
   */
  private boolean isHeldBack;

  private boolean isShown;
  private boolean hasEnded;

  SeriesOwner(Workload workload, boolean isHeldBack) {
    this.workload = workload;
    this.isHeldBack = isHeldBack;
  }

  Workload workload() {
    return workload;
  }

  /** In which its connections are counted. */
  SeriesOwner counted() {
    return group == null ? this : group;
  }

  void shareWith(SeriesOwner group) {
    this.group = group;
  }

  boolean isShared() {
    return group != null;
  }

  boolean hasSeries() {
    return series != 0;
  }

  void add(int more) {
    series += more;
  }

  boolean isHeldBack() {
    return isHeldBack;
  }

  void setHeldBack(boolean isHeldBack) {
    this.isHeldBack = isHeldBack;
  }

  /** Whether a collection has shown a series of it. */
  boolean isShown() {
    return isShown;
  }

  /** In a collection. */
  void show() {
    isShown = true;
  }

  boolean hasEnded() {
    return hasEnded;
  }

  void setEnded(boolean hasEnded) {
    this.hasEnded = hasEnded;
  }
}
