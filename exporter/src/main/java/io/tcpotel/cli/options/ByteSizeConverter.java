// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.ByteSize;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A {@link ByteSize} as an option's value. */
public final class ByteSizeConverter implements ITypeConverter<ByteSize> {
  @Override
  public ByteSize convert(String text) {
    try {
      return ByteSize.parse(text);
    } catch (IllegalArgumentException e) {
      throw new TypeConversionException(e.getMessage());
    }
  }
}
