// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.Failure;

/**
 * What a check of {@code doctor} came to.
 *
 * @param area what it is about
 * @param name of the check, unique within its area
 * @param state what follows from it
 * @param found what is there, or what is not
 * @param remedy what the user can do, or null
 */
public record Finding(Area area, String name, State state, String found, String remedy) {
  /** The parts of the page, in its order. */
  public enum Area {
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

  /** MISSING is not there; FAILED was tried, in vain; SKIPPED was not tried. */
  public enum State {
    OK,
    WARNING,
    MISSING,
    FAILED,
    SKIPPED;

    public boolean isBad() {
      return this == MISSING || this == FAILED;
    }
  }

  static Finding ok(Area area, String name, String found) {
    return new Finding(area, name, State.OK, found, null);
  }

  public static Finding skipped(Area area, String name, String reason) {
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

  static Finding missing(Area area, String name, Failure failure) {
    return missing(area, name, failure.reason(), failure.remedy());
  }

  static Finding failed(Area area, String name, Failure failure) {
    return failed(area, name, failure.step() + ": " + failure.reason(), failure.remedy());
  }
}
