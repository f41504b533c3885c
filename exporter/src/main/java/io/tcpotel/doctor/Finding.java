// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.Failure;
import io.tcpotel.ForeignText;
import io.tcpotel.bpf.Obstacle;

/**
 * The result of a check.
 *
 * @param area the part of the page
 * @param name the check's, unique within its area
 * @param state how good it is
 * @param found the value, or the problem
 * @param remedy what the user can do; null if nothing
 */
record Finding(Area area, String name, State state, String found, String remedy) {
  Finding {
    found = ForeignText.message(found);
  }

  /** The parts of the page, in its order. */
  enum Area {
    JAVA("Java"),
    KERNEL("Kernel"),
    PERMISSIONS("Permissions"),
    CGROUP("cgroup v2"),
    LIBBPF("libbpf"),
    CAPTURE("Capture"),
    COLLECTOR("Collector");

    private final String title;

    Area(String title) {
      this.title = title;
    }

    String title() {
      return title;
    }
  }

  /** MISSING: it does not exist. FAILED: it was tried without success. SKIPPED: not tried. */
  enum State {
    OK,
    WARNING,
    MISSING,
    FAILED,
    SKIPPED;

    boolean isBad() {
      return this == MISSING || this == FAILED;
    }
  }

  static Finding ok(Area area, String name, String found) {
    return new Finding(area, name, State.OK, found, null);
  }

  static Finding skipped(Area area, String name, String reason) {
    return new Finding(area, name, State.SKIPPED, reason, null);
  }

  static Finding warning(Area area, String name, String found, String remedy) {
    return new Finding(area, name, State.WARNING, found, remedy);
  }

  static Finding missing(Area area, String name, String found, String remedy) {
    return new Finding(area, name, State.MISSING, found, remedy);
  }

  static Finding failed(Area area, String name, String found, String remedy) {
    return new Finding(area, name, State.FAILED, found, remedy);
  }

  static Finding warning(Area area, String name, Obstacle obstacle) {
    return warning(area, name, obstacle.reason(), obstacle.remedy());
  }

  static Finding missing(Area area, String name, Failure failure) {
    return missing(area, name, failure.reason(), failure.remedy());
  }

  static Finding failed(Area area, String name, Failure failure) {
    return failed(area, name, failure.step() + ": " + failure.reason(), failure.remedy());
  }
}
