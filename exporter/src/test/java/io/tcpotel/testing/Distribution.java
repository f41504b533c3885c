// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.tcpotel.Release;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A copy of the distribution that the build before this test has made, in a folder of its own. */
public final class Distribution implements AutoCloseable {
  private static final String NAME = Release.NAME + "-" + Release.VERSION;
  private static final Path BUILT = Path.of("target", NAME).toAbsolutePath();

  private final Path parent;

  private Distribution(Path parent) {
    this.parent = parent;
  }

  /** With the times of its files, which the AOT caches ask for. */
  public static Distribution copy() {
    Distribution copy = create();
    TestCommand.run("cp", "-a", BUILT.toString(), copy.parent.toString());
    return copy;
  }

  public static Distribution unpackTarball() {
    Distribution unpacked = create();
    TestCommand.run("tar", "-C", unpacked.parent.toString(), "-xzf", BUILT + ".tar.gz");
    return unpacked;
  }

  private static Distribution create() {
    try {
      Path folder = Files.createTempDirectory("tcpotel-distribution");
      return new Distribution(Files.createDirectory(folder.resolve("any folder")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The jar that the build has made, in its place. */
  public static Path builtJar() {
    return BUILT.resolve("lib/tcpotel.jar");
  }

  public Path folder() {
    return parent.resolve(NAME);
  }

  public Path jar() {
    return folder().resolve("lib/tcpotel.jar");
  }

  /** Of {@code profile}. */
  public Path cache(String profile) throws IOException {
    String hash = Files.readString(folder().resolve("lib/jar-hash")).strip();
    return folder().resolve("lib/tcpotel-" + hash + "-" + profile + ".aot");
  }

  /** Makes it what an administrator installs: everybody's to read and nobody's to write. */
  public void install() {
    TestCommand.run("chmod", "-R", "a+rX,a-w", parent.getParent().toString());
  }

  /** The program, with variables; {@code words} may stand before it, as setpriv. */
  public Program start(Map<String, String> environment, List<String> words, String... arguments) {
    List<String> line = new ArrayList<>(words);
    line.add(folder() + "/tcpotel");
    line.addAll(List.of(arguments));
    return Program.start(environment, line);
  }

  public Program start(String... arguments) {
    return start(Map.of(), List.of(), arguments);
  }

  @Override
  public void close() {
    TestCommand.run("chmod", "-R", "u+w", parent.getParent().toString());
    TestCommand.run("rm", "-r", parent.getParent().toString());
  }
}
