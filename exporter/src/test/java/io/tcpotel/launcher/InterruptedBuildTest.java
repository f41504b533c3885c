// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Program;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A build that ends before any one of its commands: the next call must not notice. */
class InterruptedBuildTest {
  private static final String RAN = System.getProperty("user.name") + ": whole\n";

  /** A build has some 30; the number only says that the stages were met at all. */
  private static final int MANY = 15;

  @ParameterizedTest
  @CsvSource({"KILL, false", "TERM, true"})
  void atEachStage(String signal, boolean builtBefore) throws Exception {
    int stage = 0;
    boolean ended;
    do {
      stage++;
      try (Checkout checkout = Checkout.create()) {
        if (builtBefore) {
          runs(checkout);
          checkout.edit("pom.xml");
        }
        ended = isEnded(checkout, signal, stage);
        runs(checkout);
        requireNothingToBuild(checkout);
      }
    } while (ended);
    assertThat(stage).isGreaterThan(MANY);
  }

  private static boolean isEnded(Checkout checkout, String signal, int stage)
      throws URISyntaxException {
    Path script = Path.of(InterruptedBuildTest.class.getResource("end-at-stage.bash").toURI());
    checkout.with("BASH_ENV", script.toString()).with("SIGNAL", signal);
    checkout.with("STAGE", Integer.toString(stage));
    try (Program program = checkout.tcpotel()) {
      int code = program.await();
      assertThat(program.output()).as("stage %d", stage).isEqualTo(code == 0 ? RAN : "");
      return code != 0;
    } finally {
      checkout.with("BASH_ENV", "");
    }
  }

  private static void runs(Checkout checkout) {
    try (Program program = checkout.tcpotel()) {
      assertThat(program.await()).as(program.messages()).isZero();
      assertThat(program.output()).isEqualTo(RAN);
    }
  }

  private static void requireNothingToBuild(Checkout checkout) throws IOException {
    Expect.end(checkout.tcpotel(), 0, "", RAN);
    assertThat(Files.readAllLines(checkout.built()))
        .startsWith("exporter/target/tcpotel-7/tcpotel")
        .contains(
            "exporter/target/tcpotel-7/lib/tcpotel.jar",
            "exporter/target/tcpotel-7/runtime/bin/java");
  }
}
