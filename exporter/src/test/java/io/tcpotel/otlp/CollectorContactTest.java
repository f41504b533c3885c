// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** With a clock of the test's own. */
class CollectorContactTest {
  private static final Duration LIMIT = Duration.ofSeconds(30);
  private static final Status REFUSED = Status.UNAVAILABLE.withDescription("connection refused");

  private long nowNs = 5_000_000_000L;
  private final CollectorContact contact =
      new CollectorContact("collector c:4317: logs", () -> nowNs);

  private void pass(long ms) {
    nowNs += ms * 1_000_000;
  }

  @Test
  void oneThatHasAcceptedNothingIsInTroubleFromTheStart() {
    assertThat(contact.trouble(LIMIT))
        .contains("collector c:4317: logs: nothing accepted yet: no answer");
    contact.asked();
    contact.answered(REFUSED);
    assertThat(contact.trouble(LIMIT))
        .contains("collector c:4317: logs: nothing accepted yet: UNAVAILABLE (connection refused)");
    contact.answered(Status.OK);
    assertThat(contact.trouble(LIMIT)).isEmpty();
  }

  @Test
  void idleTimeIsNoTrouble() {
    contact.asked();
    contact.answered(Status.OK);
    pass(3_600_000);
    assertThat(contact.trouble(LIMIT)).isEmpty();
    contact.asked();
    assertThat(contact.trouble(LIMIT)).isEmpty();
  }

  @Test
  void theTimeBeginsWithTheFirstAttemptAfterTheLastSuccess() {
    contact.asked();
    contact.answered(Status.OK);
    pass(7_000);
    contact.asked();
    pass(20_000);
    contact.asked(); // another request does not begin it anew
    contact.answered(REFUSED);
    pass(10_000);
    assertThat(contact.trouble(LIMIT)).isEmpty();
    pass(1_000);
    assertThat(contact.trouble(LIMIT))
        .contains(
            "collector c:4317: logs: nothing accepted for 31 s: UNAVAILABLE (connection refused)");
    contact.answered(Status.OK);
    assertThat(contact.trouble(LIMIT)).isEmpty();
  }

  @Test
  void aRequestWithoutAnAnswerBesideOneThatHasOneCountsFromItsTimeLimitOn() {
    contact.asked();
    contact.asked();
    contact.answered(Status.OK);
    pass(10_000);
    contact.answered(Status.DEADLINE_EXCEEDED);
    pass(31_000);
    assertThat(contact.trouble(LIMIT))
        .contains("collector c:4317: logs: nothing accepted for 31 s: DEADLINE_EXCEEDED");
  }

  @Test
  void oneThatHangsAfterASuccessHasGivenNoAnswer() {
    contact.answered(Status.OK);
    contact.asked();
    pass(42_000);
    assertThat(contact.trouble(LIMIT))
        .contains("collector c:4317: logs: nothing accepted for 42 s: no answer");
  }
}
