// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.ByteSize;
import io.tcpotel.thinning.KeepConditions;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** {@link KeepConditions} as an option's value: {@code failed,slower=1s}. */
public final class KeepConditionsConverter implements ITypeConverter<KeepConditions> {
  private static final String FORMS =
      "failed, slower=1s, larger=1MiB, retransmits=0.01 or idle=10m";

  private final ByteSizeConverter sizes = new ByteSizeConverter();
  private final DurationConverter durations = new DurationConverter();

  @Override
  public KeepConditions convert(String text) {
    KeepConditions conditions = KeepConditions.NONE;
    for (String condition : text.split(",", -1)) {
      conditions = with(conditions, condition.strip());
    }
    return conditions;
  }

  private KeepConditions with(KeepConditions others, String condition) {
    int equals = condition.indexOf('=');
    String bound = condition.substring(equals + 1);
    return switch (condition.substring(0, equals + 1)) {
      case "slower=" -> others.withSlower(durations.convert(bound).toNanos());
      case "larger=" -> others.withLarger(size(bound));
      case "retransmits=" -> others.withRetransmits(ratio(bound));
      case "idle=" -> others.withIdle(durations.convert(bound).toMillis());
      default -> {
        if (!"failed".equals(condition)) {
          throw new TypeConversionException("'" + condition + "' is no condition: write " + FORMS);
        }
        yield others.withFailed();
      }
    };
  }

  private long size(String text) {
    ByteSize size = sizes.convert(text);
    return size.bytes();
  }

  private static double ratio(String text) {
    if (!text.matches("[01]|0?\\.\\d{1,9}")) {
      throw new TypeConversionException(
          "'" + text + "' is no ratio of retransmitted segments: write 0.01 for a hundredth");
    }
    return Double.parseDouble(text);
  }
}
