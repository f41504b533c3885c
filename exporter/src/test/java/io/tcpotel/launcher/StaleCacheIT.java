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
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A jar of another build beside an AOT cache: its old classes must not run without a word. The JVM
 * itself looks at the jar's size and time alone.
 */
class StaleCacheIT {
  private static final String VERSION = Release.NAME + " " + Release.VERSION + "\n";
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

  private Program versionWith(String options) {
    return distribution.start(Map.of("TCPOTEL_JAVA_OPTS", options), List.of(), "--version");
  }

  private static String id() throws IOException {
    return Files.readString(Path.of("target/classes/io/tcpotel/build-id"));
  }

  /** The jar with another build's id, in the class and in the resource, as a build would do it. */
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

  /** Replaces the jar by one that looks the same to the JVM. */
  private void replaceJar() throws IOException {
    Path jar = distribution.jar();
    long size = Files.size(jar);
    FileTime time = Files.getLastModifiedTime(jar);
    int missing = Math.toIntExact(size - jarOfAnotherBuild("").length);
    Files.write(jar, jarOfAnotherBuild(" ".repeat(missing)));
    Files.setLastModifiedTime(jar, time);
    assertThat(Files.size(jar)).isEqualTo(size);
  }

  @Test
  void anotherBuildsJarIsNoticed() throws IOException {
    replaceJar();
    Expect.end(versionWith("-XX:AOTMode=off"), 0, "", VERSION);
    Expect.end(
        versionWith("-XX:AOTMode=on"),
        1,
        "tcpotel: start: the classes are of build "
            + id()
            + ", the jar is of build "
            + OTHER_ID
            + "\n  remove the AOT caches beside the jar (*.aot), or build again\n",
        "");
  }

  @Test
  void anotherBuildsJarOfAnotherSizeRunsWithoutTheCache() throws IOException {
    Path jar = distribution.jar();
    Files.write(jar, jarOfAnotherBuild("a comment that makes it longer than it was"));
    Expect.end(versionWith(""), 0, "", VERSION);
  }
}
