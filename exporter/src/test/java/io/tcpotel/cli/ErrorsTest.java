// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Failure;
import io.tcpotel.Setting;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ErrorsTest {
  private final StringWriter err = new StringWriter();
  private final CommandLine line = Main.commands().setErr(new PrintWriter(err, true));

  @Test
  void failuresHaveTheirExitCodeAndNameTheOptionOfASetting() {
    Failure first = Failure.missing("load", "no kernel", "get one");
    Failure second = Failure.usage(Setting.RING_SIZE, "too small", "enlarge it");
    assertThat(Errors.print(Failure.all(List.of(first, second)), line)).isEqualTo(3);
    assertThat(err)
        .hasToString(
            "tcpotel: load: no kernel\n  get one\n"
                + "tcpotel: --ring-size: too small\n  enlarge it\n");
    assertThat(Errors.print(second, line)).isEqualTo(2);
    assertThat(Errors.print(Failure.running("send", "refused", "wait", null), line)).isEqualTo(1);
  }

  @Test
  void anyOtherExceptionIsADefectWithItsStackTrace() {
    assertThat(Errors.print(new IllegalStateException("broken"), line)).isEqualTo(1);
    assertThat(err.toString())
        .startsWith(
            "tcpotel: unexpected: java.lang.IllegalStateException: broken\n  this is a defect")
        .contains("\n    at io.tcpotel.cli.ErrorsTest.");
  }
}
