// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tcpotel.Release;
import io.tcpotel.testing.Distribution;
import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The AOT caches of a distribution: used where they can be, and where not, nothing is heard of it.
 */
class AotCacheIT {
  private static final String VERSION = Release.NAME + " " + Release.VERSION + "\n";

  /** The JVM ends if it cannot use the cache that it is given. */
  private static final String REQUIRED = "-XX:AOTMode=on";

  private Distribution distribution;

  @BeforeEach
  void copy() {
    distribution = Distribution.copy();
  }

  @AfterEach
  void remove() {
    distribution.close();
  }

  private int exitCodeWith(String options, String profile) {
    Map<String, String> variables =
        Map.of("TCPOTEL_JAVA_OPTS", REQUIRED + " " + options, "TCPOTEL_JVM", profile);
    try (Program program = distribution.start(variables, List.of(), "--version")) {
      return program.await();
    }
  }

  private void runsWith(String options) {
    for (String profile : List.of("agent", "throughput")) {
      Map<String, String> variables = Map.of("TCPOTEL_JVM", profile, "TCPOTEL_JAVA_OPTS", options);
      Expect.end(distribution.start(variables, List.of(), "--version"), 0, "", VERSION);
    }
    Map<String, String> variables = Map.of("TCPOTEL_JAVA_OPTS", options);
    try (Program doctor = distribution.start(variables, List.of(), "doctor", "--output", "json")) {
      doctor.await();
      JsonObject findings = JsonParser.parseString(doctor.output()).getAsJsonObject();
      assertThat(findings.get("version").getAsString()).isEqualTo(Release.VERSION);
      assertThat(doctor.messages()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent", "throughput"})
  void isUsedInEachProfile(String profile) {
    assertThat(exitCodeWith("", profile)).isZero();
  }

  @Test
  void aMissingOne() throws IOException {
    Files.delete(distribution.cache("agent"));
    Files.delete(distribution.cache("throughput"));
    runsWith("");
  }

  @Test
  void oneWithoutTheHashOfItsJar() throws IOException {
    Files.delete(distribution.folder().resolve("lib/jar-hash"));
    runsWith("");
  }

  private void write(byte[] content) throws IOException {
    for (String profile : List.of("agent", "throughput")) {
      Files.write(distribution.cache(profile), content);
      assertThat(exitCodeWith("", profile)).as("the cache is refused").isEqualTo(1);
    }
    runsWith("");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 1_000_000})
  void aTruncatedOne(int bytes) throws IOException {
    byte[] whole = Files.readAllBytes(distribution.cache("agent"));
    write(Arrays.copyOf(whole, bytes));
  }

  @Test
  void oneOfOtherContent() throws IOException {
    byte[] noise = new byte[5_000_000];
    new Random(7).nextBytes(noise);
    write(noise);
  }

  @ParameterizedTest
  @ValueSource(strings = {"-XX:+UseCompactObjectHeaders", "-Xmx40g"})
  void oneOfAJvmThatIsSetUpInAnotherWay(String option) {
    assertThat(exitCodeWith(option, "agent")).as("the cache is refused").isEqualTo(1);
    runsWith(option);
  }

  @Test
  void oneOfAJarOfAnotherTime() throws IOException {
    Path jar = distribution.jar();
    Files.copy(jar, jar.resolveSibling("copy"));
    Files.move(jar.resolveSibling("copy"), jar, StandardCopyOption.REPLACE_EXISTING);
    assertThat(exitCodeWith("", "agent")).as("the cache is refused").isEqualTo(1);
    runsWith("");
  }
}
