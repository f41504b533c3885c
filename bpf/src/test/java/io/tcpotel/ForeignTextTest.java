// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForeignTextTest {
  @ParameterizedTest
  @CsvSource({
    "http://user:pa55@host:4317, http://***@host:4317",
    "'bad: https://token@[::1]:4317/v1', 'bad: https://***@[::1]:4317/v1'",
    "http://user:p/w@rd?#@host, http://***@host",
    "://token@host, ://***@host",
    "'user:pa55@host:4317, then a:b@c', '***@host:4317, then ***@c'",
    "'no route to http://host:4317', 'no route to http://host:4317'",
    "me@example.com, me@example.com",
    "'invalid authorization \"Bearer eyJ.ab-c\"', 'invalid authorization \"Bearer ***\"'",
    "'BASIC dXNlcjpw== refused', 'BASIC *** refused'",
    "'token of a bearer', 'token of a bearer'",
  })
  void hidesCredentialsThatNobodyNamed(String text, String shown) {
    assertThat(ForeignText.of(text)).isEqualTo(shown);
    assertThat(ForeignText.message(text)).isEqualTo(shown);
  }

  @Test
  void hidesNamedSecretsAndTheirLongerWords() {
    ForeignText.keepSecret("Key 0pen-sesame ");
    ForeignText.keepSecret("prod");
    assertThat(ForeignText.of("'Key 0pen-sesame' in prod: 0pen-sesame?"))
        .isEqualTo("'***' in prod: ***?");
  }

  @Test
  void escapesWhateverATerminalActsOn() {
    String text = "a\n\033[31mX\r\u009b\u202e\u2028\ud800é\ud83d\ude00";
    String shown = "a\\n\\u001b[31mX\\u000d\\u009b\\u202e\\u2028\\ud800é\ud83d\ude00";
    assertThat(ForeignText.of(text)).isEqualTo(shown);
    assertThat(ForeignText.escaped(text)).isEqualTo(shown);
    assertThat(ForeignText.message("a\n\033b")).isEqualTo("a\n\\u001bb");
  }

  @Test
  void shortensAPartOfAMessageAndNoMore() {
    String long3000 = "0123456789".repeat(300);
    assertThat(ForeignText.of("9".repeat(300))).isEqualTo("9".repeat(300));
    assertThat(ForeignText.of(long3000)).isEqualTo("0123456789".repeat(30) + "...");
    assertThat(ForeignText.of("9".repeat(299) + "\ud83d\ude00")).isEqualTo("9".repeat(299) + "...");
    assertThat(ForeignText.message(long3000)).isEqualTo(long3000);
    assertThat(ForeignText.escaped(long3000)).isEqualTo(long3000);
  }

  @Test
  void aMaskDoesNotUncoverTheBeginningOfASecretWhereTheTextIsCut() {
    ForeignText.keepSecret("s".repeat(1990));
    assertThat(ForeignText.of("s".repeat(1990) + " " + "s".repeat(1990))).isEqualTo("***...");
  }
}
