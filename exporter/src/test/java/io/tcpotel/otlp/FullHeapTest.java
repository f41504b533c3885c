// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.Program;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** With the distribution's heap. What is refused for want of memory counts in the overflow. */
@Timeout(Await.TEST_SECONDS)
class FullHeapTest {
  private static final int HEAP_MIB = 64;

  /** The rest is for the program itself and for the next request of metrics. */
  private static final int MOST_MIB = 54;

  @ParameterizedTest
  @ValueSource(ints = {2_000, 1_000_000})
  void holdsAllThatGrowsAtItsBound(int seriesLimit) throws Exception {
    Program full =
        Program.start(
            Map.of(),
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xmn1m",
                "-Xmx" + HEAP_MIB + "m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                FullHeap.class.getName(),
                Integer.toString(seriesLimit)));
    assertThat(full.await()).as(full.messages()).isZero();
    assertThat(full.outputLines())
        .hasSize(8)
        .allSatisfy(line -> assertThat(Long.parseLong(line.split(" ")[0])).isLessThan(MOST_MIB));
  }
}
