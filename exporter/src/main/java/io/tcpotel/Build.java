// SPDX-License-Identifier: Apache-2.0
package io.tcpotel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Which build this is, by the hash of its sources. */
public final class Build {
  private Build() {}

  /**
   * Fails where the classes are of one build and the jar is of another. The JVM takes classes from
   * an AOT cache without a look into the jar, as long as this has the size and the time of the one
   * that the cache was made of.
   */
  public static void requireOne() {
    String ofJar = ofJar();
    if (!ofJar.equals(BuildId.ofClasses())) {
      throw Failure.running(
          "start",
          "the classes are of build " + BuildId.ofClasses() + ", the jar is of build " + ofJar,
          "remove the AOT caches beside the jar (*.aot), or build again",
          null);
    }
  }

  private static String ofJar() {
    try (InputStream in = Build.class.getResourceAsStream("build-id")) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
