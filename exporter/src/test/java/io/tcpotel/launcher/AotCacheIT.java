// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Release;
import io.tcpotel.testing.Distribution;
import io.tcpotel.testing.Program;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The AOT caches of a distribution: used where possible; elsewhere it runs without, silently. */
class AotCacheIT {
  private static final String VERSION = Release.NAME + " " + Release.VERSION + "\n";

  /** The JVM ends if it cannot use the cache that it is given. */
  private static final String REQUIRED = "-XX:AOTMode=on";

  private static final String OTHER_ID = "0000000000000000";

  private Distribution distribution;

  @BeforeEach
  void copy() {
    distribution = Distribution.copy();
  }

  @AfterEach
  void remove() {
    distribution.close();
  }

  private Program versionWith(String profile, String options) {
    return distribution.start(
        Map.of("TCPOTEL_JVM", profile, "TCPOTEL_JAVA_OPTS", options), List.of(), "--version");
  }

  private void runsWithoutCache() {
    try (Program program = versionWith("agent", REQUIRED)) {
      assertThat(program.await()).as("the cache is refused").isEqualTo(1);
    }
    Expect.end(versionWith("agent", ""), 0, "", VERSION);
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent", "throughput"})
  void isUsedInEachProfile(String profile) {
    Expect.end(versionWith(profile, REQUIRED), 0, "", VERSION);
  }

  @Test
  void aMissingOne() throws IOException {
    Files.delete(distribution.cache("agent"));
    Expect.end(versionWith("agent", ""), 0, "", VERSION);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 100, 1_000_000})
  void aTruncatedOne(int bytes) throws IOException {
    byte[] whole = Files.readAllBytes(distribution.cache("agent"));
    Files.write(distribution.cache("agent"), Arrays.copyOf(whole, bytes));
    runsWithoutCache();
  }

  @Test
  void oneOfAJarOfAnotherTime() throws IOException {
    Files.setLastModifiedTime(distribution.jar(), FileTime.fromMillis(1_700_000_000_000L));
    runsWithoutCache();
  }

  /** The JVM looks at size and time alone, so the program itself must notice that it is old. */
  @Test
  void oneOfAnotherBuildsJarOfTheSameSizeAndTime() throws IOException {
    Path jar = distribution.jar();
    long size = Files.size(jar);
    FileTime time = Files.getLastModifiedTime(jar);
    int missing = Math.toIntExact(size - jarOfAnotherBuild("").length);
    Files.write(jar, jarOfAnotherBuild(" ".repeat(missing)));
    Files.setLastModifiedTime(jar, time);
    assertThat(Files.size(jar)).isEqualTo(size);
    Expect.end(versionWith("agent", "-XX:AOTMode=off"), 0, "", VERSION);
    Expect.end(
        versionWith("agent", REQUIRED),
        1,
        "tcpotel: start: the classes are of build "
            + id()
            + ", the jar is of build "
            + OTHER_ID
            + "\n  remove the AOT caches beside the jar (*.aot), or build again\n",
        "");
  }

  private static String id() throws IOException {
    return Files.readString(Path.of("target/classes/io/tcpotel/build-id"));
  }

  /** The jar with another build's id, in the class and in the resource. */
  private byte[] jarOfAnotherBuild(String comment) throws IOException {
    ByteArrayOutputStream jar = new ByteArrayOutputStream();
    try (ZipInputStream in = new ZipInputStream(Files.newInputStream(distribution.jar()));
        ZipOutputStream out = new ZipOutputStream(jar)) {
      for (ZipEntry entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTimeLocal(entry.getTimeLocal());
        out.putNextEntry(copy);
        boolean hasId = entry.getName().matches("io/tcpotel/(BuildId.class|build-id)");
        out.write(hasId ? withOtherId(in.readAllBytes()) : in.readAllBytes());
      }
      out.setComment(comment);
    }
    return jar.toByteArray();
  }

  private static byte[] withOtherId(byte[] file) throws IOException {
    String text = new String(file, StandardCharsets.ISO_8859_1);
    assertThat(text).contains(id());
    return text.replace(id(), OTHER_ID).getBytes(StandardCharsets.ISO_8859_1);
  }
}
