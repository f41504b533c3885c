// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class PortListConverterTest {
  private static String ports(int last) {
    return IntStream.rangeClosed(1, last)
        .mapToObj(port -> "" + port)
        .collect(Collectors.joining(","));
  }

  @Test
  void readsPortsBetweenCommas() {
    assertThat(new PortListConverter().convert("50051,1,65535").ports())
        .containsExactly(50051, 1, 65535);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "65536", "-1", "80,", "80 443", "http", "123456"})
  void refusesOtherThanPorts(String text) {
    assertThatThrownBy(() -> new PortListConverter().convert(text))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("is no port from 1 to 65535");
  }

  @Test
  void refusesMoreThanThereArePlaces() {
    assertThat(new PortListConverter().convert(ports(50) + ",50").ports()).hasSize(50);
    assertThatThrownBy(() -> new PortListConverter().convert(ports(51)))
        .isInstanceOf(TypeConversionException.class)
        .hasMessage("51 ports are more than the 50 places");
  }
}
