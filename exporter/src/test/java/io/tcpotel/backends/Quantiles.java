// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import java.util.Arrays;
import java.util.stream.DoubleStream;

/**
 * Where a quantile has to be that is interpolated within a bucket of a histogram, by values of
 * which each is known to be between two.
 */
final class Quantiles {
  /** As docs/telemetry.md has them. */
  static final double[] RTT_BOUNDS = {
    5e-5, 1e-4, 2.5e-4, 5e-4, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1
  };

  static final double[] HANDSHAKE_BOUNDS = {
    1e-4, 2.5e-4, 5e-4, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 3, 7, 15, 31, 63
  };

  static final double[] DURATION_BOUNDS = {
    5e-4, 0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300
  };

  private final double[] bounds;
  private final double[] least;
  private final double[] most;
  private int mostFurther;
  private double furtherSeconds;

  /**
   * @param least of each value, in seconds
   * @param most of each value
   */
  Quantiles(double[] bounds, DoubleStream least, DoubleStream most) {
    this.bounds = bounds;
    this.least = least.sorted().toArray();
    this.most = most.sorted().toArray();
  }

  /** There are further values, or none: up to {@code count}, of {@code mostSeconds} at most. */
  Quantiles further(int count, double mostSeconds) {
    mostFurther = count;
    furtherSeconds = mostSeconds;
    return this;
  }

  /** The least of that rank is not above the rank's value, nor the most below. */
  Cell at(double quantile) {
    double low = Double.POSITIVE_INFINITY;
    double high = 0;
    for (int further = 0; further <= mostFurther; further++) {
      int count = least.length + further;
      int rank = Math.max((int) Math.ceil(quantile * count) - 1, 0);
      low = Math.min(low, with(further, 0, least)[rank]);
      high = Math.max(high, with(further, furtherSeconds, most)[rank]);
    }
    return Cell.between(lowerBound(low), upperBound(high));
  }

  private static double[] with(int further, double each, double[] values) {
    double[] all = Arrays.copyOf(values, values.length + further);
    Arrays.fill(all, values.length, all.length, each);
    Arrays.sort(all);
    return all;
  }

  private double lowerBound(double value) {
    return Arrays.stream(bounds).filter(bound -> bound < value).max().orElse(0);
  }

  private double upperBound(double value) {
    return Arrays.stream(bounds).filter(bound -> bound >= value).min().orElseThrow();
  }
}
