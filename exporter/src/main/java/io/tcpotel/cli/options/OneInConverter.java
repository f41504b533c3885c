// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import java.math.BigDecimal;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The N of "one in N", which may be a fraction, as an option's value. */
final class OneInConverter implements ITypeConverter<BigDecimal> {
  private static final BigDecimal HIGHEST = BigDecimal.valueOf(1L << 31);

  @Override
  public BigDecimal convert(String text) {
    boolean isNumber = text.matches("\\d{1,10}(\\.\\d{1,9})?");
    BigDecimal n = isNumber ? new BigDecimal(text) : BigDecimal.ZERO;
    if (n.compareTo(BigDecimal.ONE) < 0 || n.compareTo(HIGHEST) > 0) {
      throw new TypeConversionException(
          "'" + text + "' is no number from 1 to 2147483648: write 10 to keep a tenth");
    }
    return n;
  }
}
