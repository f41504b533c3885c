// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class MessagesTest {
  private static final long SECOND_NS = 1_000_000_000L;

  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private long nowNs = Long.MAX_VALUE - 5 * SECOND_NS; // nanoTime may run over
  private final Messages messages =
      new Messages(new PrintStream(said, true, StandardCharsets.UTF_8), () -> nowNs);

  private List<String> lines() {
    return said.toString(StandardCharsets.UTF_8).lines().toList();
  }

  @Test
  void beginsEachLineWithTheProgramsName() {
    messages.say("ready");
    assertThat(lines()).containsExactly("tcpotel: ready");
  }

  @Test
  void saysTheFirstAtOnceAndTheNextAfterAMinuteWithWhatWasLeftOut() {
    messages.sayOnceAMinute("retry", "first");
    nowNs += 59 * SECOND_NS;
    messages.sayOnceAMinute("retry", "second");
    messages.sayOnceAMinute("retry", "third");
    assertThat(lines()).containsExactly("tcpotel: first");
    nowNs += SECOND_NS;
    messages.sayOnceAMinute("retry", "fourth");
    assertThat(lines()).containsExactly("tcpotel: first", "tcpotel: fourth (2 more of this since)");
    nowNs += 60 * SECOND_NS;
    messages.sayOnceAMinute("retry", "fifth");
    assertThat(lines()).endsWith("tcpotel: fifth");
  }

  @Test
  void keepsTopicsApart() {
    messages.sayOnceAMinute("retry", "one");
    messages.sayOnceAMinute("queue", "two");
    assertThat(lines()).containsExactly("tcpotel: one", "tcpotel: two");
  }

  @Test
  void saysSomeThingsOnceOnly() {
    messages.sayOnce("unimplemented", "no logs there");
    nowNs += 3600 * SECOND_NS;
    messages.sayOnce("unimplemented", "no logs there");
    assertThat(lines()).containsExactly("tcpotel: no logs there");
  }
}
