// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import io.tcpotel.testing.Distribution;
import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How Netty gets a distribution's memory for requests, by what it logs about that. */
class RequestMemoryIT {
  private static final String LOGGING =
      """
      handlers=java.util.logging.ConsoleHandler
      java.util.logging.ConsoleHandler.level=FINE
      io.netty.util.internal.level=FINE
      """;

  @TempDir private Path folder;

  private void requireMessage(String profile, String options, String message) throws IOException {
    Path logging = Files.writeString(folder.resolve("logging"), LOGGING);
    String all = "-Djava.util.logging.config.file=" + logging + " " + options;
    Map<String, String> environment = Map.of("TCPOTEL_JVM", profile, "TCPOTEL_JAVA_OPTS", all);
    try (Distribution distribution = Distribution.copy();
        Program sink =
            distribution.start(
                environment, List.of(), "sink", "--listen", "127.0.0.1:0", "--output", "count")) {
      sink.awaitMessage("DirectByteBuffer.<init>\\(long, \\{int,long\\}\\): " + message);
    }
  }

  /** By the JDK's constructor for memory that is there already, which the manifest opens. */
  @ParameterizedTest
  @ValueSource(strings = {"agent", "throughput"})
  void isNotFilledWithZerosFirst(String profile) throws IOException {
    requireMessage(profile, "-XX:AOTMode=on", "available");
  }

  /** So that the test before this one can fail. */
  @Test
  void isFilledWithZerosWithoutTheLaunchersOption() throws IOException {
    requireMessage("agent", "-Dio.netty.tryReflectionSetAccessible=false", "unavailable");
  }
}
