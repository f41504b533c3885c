// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.thinning.KeepConditions;
import java.math.BigDecimal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class ThinningOptionsTest {
  @Command(name = "sample")
  private static final class Sample {
    @Mixin private ThinningOptions thinning;
  }

  private static ThinningOptions parse(String... arguments) {
    Sample sample = new Sample();
    new CommandLine(sample).parseArgs(arguments);
    return sample.thinning;
  }

  private static KeepConditions keep(String text) {
    return parse("--log-keep", text, "--log-rate", "1").rules().keep();
  }

  @Test
  void eachConditionHasItsBound() {
    assertThat(keep("failed")).isEqualTo(KeepConditions.NONE.withFailed());
    assertThat(keep("slower=250ms")).isEqualTo(KeepConditions.NONE.withSlower(250_000_000));
    assertThat(keep("larger=3KiB")).isEqualTo(KeepConditions.NONE.withLarger(3072));
    assertThat(keep("retransmits=.5")).isEqualTo(KeepConditions.NONE.withRetransmits(0.5));
    assertThat(keep("retransmits=1")).isEqualTo(KeepConditions.NONE.withRetransmits(1));
    assertThat(keep("idle=2h, failed"))
        .isEqualTo(KeepConditions.NONE.withIdle(7_200_000).withFailed());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "fast; 'fast' is no condition: write failed, slower=1s, larger=1MiB",
        "failed,; '' is no condition",
        "failed=1; 'failed=1' is no condition",
        "slower; 'slower' is no condition",
        "slower=1; '1' is not a duration: write 500ms",
        "larger=1MB; '1MB' is not a size: write a number of bytes",
        "retransmits=1%; '1%' is no ratio of retransmitted segments: write 0.01",
        "retransmits=1.5; '1.5' is no ratio",
        "idle=-1s; '-1s' is not a duration",
      })
  void aWrongConditionIsNamedWithItsRemedy(String text, String message) {
    assertThatThrownBy(() -> keep(text)).hasMessageContaining(message);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "0.9", "-2", "1e3", "2147483649", "ten", "1."})
  void oneInIsANumberFromOneOn(String text) {
    assertThatThrownBy(() -> parse("--log-one-in", text))
        .hasMessageContaining("'" + text + "' is no number from 1 to 2147483648");
  }

  @Test
  void oneInMayBeAFraction() {
    assertThat(parse("--log-one-in", "1.5").rules().oneIn()).isEqualTo(new BigDecimal("1.5"));
    assertThat(parse("--log-one-in", "2147483648").rules().thin()).isTrue();
    assertThat(parse("--log-one-in", "1.0").rules().thin()).isFalse();
  }

  @Test
  void conditionsAloneLeaveNothingOut() {
    assertThatThrownBy(() -> parse("--log-keep", "failed").rules())
        .hasMessageContaining("--log-one-in 100, or --log-rate 500");
    assertThatThrownBy(() -> parse("--log-rate", "-1").rules())
        .hasMessageContaining("from 1 to 1000000000");
  }
}
