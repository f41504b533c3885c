// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CollectorRequirementTest {
  @Test
  void namesWhatIsMissing(@TempDir Path folder) throws Exception {
    Path text = Files.createFile(folder.resolve("text"));

    assertThat(CollectorRequirement.missing(null).orElseThrow()).startsWith("TCPOTEL_COLLECTOR");
    assertThat(CollectorRequirement.missing("").orElseThrow()).startsWith("TCPOTEL_COLLECTOR");
    assertThat(CollectorRequirement.missing(text.toString()).orElseThrow())
        .isEqualTo("a program at " + text + " (TCPOTEL_COLLECTOR)");
    assertThat(CollectorRequirement.missing(folder.toString())).isPresent();
    assertThat(CollectorRequirement.missing("/bin/sh")).isEmpty();
  }

  @Test
  void skipsOrFailsWithTheReason() {
    Optional<String> missing = Optional.of("a program");

    assertThat(CollectorRequirement.evaluate(Optional.empty(), true).isDisabled()).isFalse();
    assertThat(CollectorRequirement.evaluate(missing, false).isDisabled()).isTrue();
    assertThat(CollectorRequirement.evaluate(missing, false).getReason().orElseThrow())
        .endsWith("Collector: a program");
    assertThatThrownBy(() -> CollectorRequirement.evaluate(missing, true))
        .hasMessageContaining("a program")
        .hasMessageContaining("TCPOTEL_REQUIRE_COLLECTOR");
  }
}
