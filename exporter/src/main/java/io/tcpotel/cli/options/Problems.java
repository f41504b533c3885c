// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Collects all errors of a configuration, so that a user fixes them in one go. */
public final class Problems {
  private final List<Failure> failures = new ArrayList<>();
  private final boolean existBefore;

  /**
   * @param existBefore whether other errors were printed already
   */
  public Problems(boolean existBefore) {
    this.existBefore = existBefore;
  }

  /** The value of {@code part}, or null if it fails: then {@link #requireNone} throws. */
  public <T> T read(Supplier<T> part) {
    try {
      return part.get();
    } catch (Failure failure) {
      failures.add(failure);
      return null;
    }
  }

  public void check(Runnable part) {
    read(
        () -> {
          part.run();
          return null;
        });
  }

  /** Whether there are errors already. */
  public boolean exist() {
    return existBefore || !failures.isEmpty();
  }

  /** Throws one {@link Failure} of all errors. */
  public void requireNone() {
    if (!failures.isEmpty()) {
      throw Failure.all(failures);
    }
  }
}
