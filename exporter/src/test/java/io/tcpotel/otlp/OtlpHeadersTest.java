// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.ForeignText;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtlpHeadersTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tenant=1|{tenant=1}",
        "Authorization=Basic a+b==|{authorization=Basic a+b==}",
        "authorization=Bearer%20a%2Bb%25|{authorization=Bearer a+b%}",
        " a = 1 ,, b=%2C%3D;x |{a=1, b=,=;x}",
        "a=|{a=}",
        "x%2Dy=1|{x-y=1}",
        "a=1,A=2|{a=2}",
        "a=%7E%21|{a=~!}"
      })
  void areDecodedAsTheSpecificationSays(String text, String headers) {
    assertThat(OtlpHeaders.parse("V", text)).hasToString(headers);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "opensesame|entry 1 is not NAME=VALUE",
        "a=1,opensesame|entry 2 is not NAME=VALUE",
        "=opensesame|entry 1 is not NAME=VALUE",
        "a=opensesame%|entry 1 has a % without",
        "a=opensesame%4|entry 1 has a % without",
        "a=opensesame%+1|entry 1 has a % without",
        "a=opensesame%FF|entry 1 is no text in UTF-8",
        "a=1,Bearer opensesame=2|the name of header 2 has",
        "opensésame=2|the name of header 1 has",
        "open%00sesame=2|the name of header 1 has",
        "host=opensesame|the header host is one",
        "Content-Type=opensesame|the header content-type is one",
        "grpc-timeout=opensesame|the header grpc-timeout is one",
        "trace-bin=opensesame|the header trace-bin is one",
        "token=opensesame%0A|the value of header token has",
        "token=%0Dopensesame|the value of header token has",
        "token=open%00sesame|the value of header token has",
        "token=open%7Fsesame|the value of header token has",
        "token=opensésame|the value of header token has",
        "token=opens%C3%A9same|the value of header token has",
        "token=opensesame%20|the value of header token has"
      })
  void whatCannotBeSentIsRefusedWithoutItsValue(String text, String reason) {
    assertThatThrownBy(() -> OtlpHeaders.parse("OTEL_EXPORTER_OTLP_LOGS_HEADERS", text))
        .isInstanceOf(Failure.class)
        .hasMessageStartingWith("OTEL_EXPORTER_OTLP_LOGS_HEADERS: " + reason)
        .message()
        .doesNotContain("sesame", "sésame");
  }

  @Test
  void aValueIsKeptSecretFromNowOn() {
    String text = "refused 'Key hush-4711' of hush-4711";
    assertThat(ForeignText.of(text)).isEqualTo(text);
    assertThat(OtlpHeaders.parse("V", "x-key=Key%20hush-4711"))
        .isEqualTo(Map.of("x-key", "Key hush-4711"));
    assertThat(ForeignText.of(text)).isEqualTo("refused '***' of ***");
  }
}
