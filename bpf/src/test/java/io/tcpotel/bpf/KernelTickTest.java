// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class KernelTickTest {
  private static final Path TIMERS = Path.of("/proc/timer_list");
  private static final long FEWEST_TICKS = 30;

  /** The kernel's clock, and the number of its ticks. */
  private record Moment(long ns, long ticks) {
    static Moment read() throws IOException {
      String text = Files.readString(TIMERS);
      return new Moment(number("now at (\\d+)", text), number("(?m)^jiffies: (\\d+)", text));
    }

    private static long number(String pattern, String text) {
      Matcher found = Pattern.compile(pattern).matcher(text);
      assertThat(found.find()).as(pattern).isTrue();
      return Long.parseLong(found.group(1));
    }
  }

  @Test
  void isTheTimeInWhichTheKernelCountsOneMore() throws IOException {
    assumeTrue(Files.isReadable(TIMERS), "only root reads " + TIMERS);
    Moment first = Moment.read();
    Moment last = first;
    while (last.ticks() < first.ticks() + FEWEST_TICKS) {
      last = Moment.read();
    }
    double tickUs = (last.ns() - first.ns()) / 1e3 / (last.ticks() - first.ticks());
    assertThat((double) KernelTick.us()).isCloseTo(tickUs, within(tickUs / 5));
  }
}
