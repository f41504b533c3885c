// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.health;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class HealthTest {
  private Duration sinceTurn = Health.LIMIT;
  private boolean isAttached = true;
  private List<String> collector = List.of();
  private final Health health =
      new Health(
          () -> sinceTurn,
          () -> isAttached,
          limit -> {
            assertThat(limit).isEqualTo(Health.LIMIT);
            return collector;
          });

  @Test
  void anAgentIsWellWithinTheTimeLimit() {
    assertThat(health.liveTroubles()).isEmpty();
    assertThat(health.readyTroubles()).isEmpty();
  }

  /** docs/troubleshooting.md explains each line of the agent's own. */
  @Test
  void thePageHasTheLines() throws IOException {
    sinceTurn = Health.LIMIT.plusSeconds(3);
    isAttached = false;
    String page = Files.readString(Path.of("../docs/troubleshooting.md"));
    for (String trouble : health.readyTroubles()) {
      assertThat(page).contains("| `" + trouble.replace("33", "N") + "` |");
    }
  }

  @Test
  void aReaderThatHangsIsNeitherLiveNorReady() {
    sinceTurn = Health.LIMIT.plusSeconds(3);
    String trouble = "the reader has not turned for 33 s";
    assertThat(health.liveTroubles()).containsExactly(trouble);
    assertThat(health.readyTroubles()).containsExactly(trouble);
  }

  @Test
  void anAgentThatSeesOrSendsNothingIsLiveButNotReady() {
    isAttached = false;
    collector = List.of("no answer to logs", "no answer to metrics");
    assertThat(health.liveTroubles()).isEmpty();
    assertThat(health.readyTroubles())
        .containsExactly(
            "not attached: no connection is seen, and the log says why",
            "no answer to logs",
            "no answer to metrics");
  }
}
