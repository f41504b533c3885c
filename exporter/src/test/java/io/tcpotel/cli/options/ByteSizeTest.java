// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.ByteSize;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ByteSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "12B, 12",
    "64KiB, 65536",
    "8MiB, 8388608",
    "1GiB, 1073741824",
    "999999999999999, 999999999999999"
  })
  void readsANumberAndItsUnit(String text, long bytes) {
    assertThat(new ByteSizeConverter().convert(text)).isEqualTo(new ByteSize(bytes));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "-1",
        "1.5MiB",
        "1 MiB",
        "1mib",
        "1MB",
        "1M",
        "MiB",
        "0x10",
        "9999999999999999",
        "999999999999999GiB"
      })
  void refusesOtherFormsAndSaysWhichAreGood(String text) {
    assertThatThrownBy(() -> new ByteSizeConverter().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("8MiB");
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "100, 100", "1024, 1KiB", "1536, 1536", "3145728, 3MiB"})
  void writesItself(long bytes, String text) {
    assertThat(new ByteSize(bytes)).hasToString(text);
  }
}
