// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** What is wrong with a configuration, gathered so that a user mends it in one go. */
public final class Problems {
  private final List<Failure> failures = new ArrayList<>();
  private final boolean existBefore;

  /**
   * @param existBefore whether something else is wrong that stands elsewhere
   */
  public Problems(boolean existBefore) {
    this.existBefore = existBefore;
  }

  /** What {@code part} gives, or null if it fails: then {@link #requireNone} throws. */
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

  /** Whether something is wrong already. */
  public boolean exist() {
    return existBefore || !failures.isEmpty();
  }

  /** Throws one failure with all messages. */
  public void requireNone() {
    if (!failures.isEmpty()) {
      throw Failure.all(failures);
    }
  }
}
