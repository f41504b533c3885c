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

    Finding ok(String name, String found) {
      return new Finding(this, name, State.OK, found, null);
    }

    Finding skipped(String name, String reason) {
      return new Finding(this, name, State.SKIPPED, reason, null);
    }

    Finding warning(String name, String found, String remedy) {
      return new Finding(this, name, State.WARNING, found, remedy);
    }

    Finding warning(String name, Failure failure) {
      return warning(name, failure.step() + ": " + failure.reason(), failure.remedy());
    }

    Finding warning(String name, Obstacle obstacle) {
      return warning(name, obstacle.reason(), obstacle.remedy());
    }

    Finding missing(String name, String found, String remedy) {
      return new Finding(this, name, State.MISSING, found, remedy);
    }

    Finding missing(String name, Failure failure) {
      return missing(name, failure.reason(), failure.remedy());
    }

    Finding failed(String name, String found, String remedy) {
      return new Finding(this, name, State.FAILED, found, remedy);
    }

    Finding failed(String name, Failure failure) {
      return failed(name, failure.step() + ": " + failure.reason(), failure.remedy());
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
}
