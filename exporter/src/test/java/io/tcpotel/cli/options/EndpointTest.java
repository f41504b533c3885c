// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @ParameterizedTest
  @CsvSource({
    "http://collector:4317, http://collector:4317",
    "http://collector, http://collector",
    "http://collector:4317/, http://collector:4317/",
    "https://collector.example.org:443, https://collector.example.org:443",
    "collector:4317, http://collector:4317",
    "10.0.0.7:4317, http://10.0.0.7:4317",
    "http://[2001:db8::1]:4317, http://[2001:db8::1]:4317",
    "[::1]:4317, http://[::1]:4317",
    "otel_collector:4317, http://otel_collector:4317",
    "127.1:4317, http://127.1:4317"
  })
  void takesACollectorsAddress(String text, String expected) {
    assertThat(Endpoint.parse(text)).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "http://",
        "http://:4317",
        "ftp://collector:4317",
        "grpc://collector:4317",
        "http://collector:4317/v1/logs",
        "http://user:secret@collector:4317",
        "http://collector:65536",
        "http://collector:0",
        "http://collector:",
        "https://otel_collector:4317",
        "http://2001:db8::1:4317",
        "http://col lector:4317",
        "mailto:someone://collector",
        "http://collector:4317?insecure=1",
        "http://collector:4317#logs"
      })
  void refusesWhatIsNoneAsWrongUse(String text) {
    assertThatThrownBy(() -> Endpoint.parse(text))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("--endpoint")
        .hasMessageContaining("http://HOST:4317")
        .extracting(thrown -> ((Failure) thrown).exitCode())
        .isEqualTo(Failure.USAGE);
  }
}
