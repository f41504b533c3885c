// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From where and how {@code tcpotel} can be called once it is built. */
class LaunchTest {
  private static final String USER = System.getProperty("user.name");

  private Checkout checkout;

  @BeforeEach
  void build() {
    checkout = Checkout.create();
    Expect.end(checkout.tcpotel(), 0, checkout.builds(), USER + ": whole\n");
  }

  @AfterEach
  void remove() throws IOException {
    List<String> built = checkout.built();
    checkout.close();
    assertThat(built).as("once is enough").containsExactly(USER + " anew");
  }

  private static void expect(Program program, String output) {
    Expect.end(program, 0, "", output);
  }

  private Program from(Path folder, String command, String... arguments) {
    Stream<String> words = Stream.of("env", "-C", folder.toString(), command);
    return checkout.start(Stream.concat(words, Stream.of(arguments)).toList());
  }

  private Path link(String name, String target) throws IOException {
    Path link = checkout.folder().resolve(name);
    Files.createDirectories(link.getParent());
    return Files.createSymbolicLink(link, Path.of(target));
  }

  @Test
  void throughSymbolicLinksAndByThePath() throws IOException {
    link("absolute", checkout.root() + "/tcpotel");
    Path bin = link("bin/tcpotel", "../a check out/tcpotel").getParent();
    link("bin/of a link", "tcpotel");
    link("folder", "a check out");
    for (String name : List.of("absolute", "bin/tcpotel", "folder/tcpotel", "bin/of a link")) {
      expect(from(checkout.folder(), "./" + name, name), USER + ": whole [" + name + "]\n");
    }
    String path = "PATH=" + bin + ":/usr/bin:/bin";
    expect(checkout.start(List.of("env", path, "tcpotel", "x")), USER + ": whole [x]\n");
  }

  @Test
  void argumentsAndExitCodeArriveAsTheyAre() {
    checkout.with("STAND_IN_CODE", "3").with("TCPOTEL_JAVA_OPTS", "-Da=1  -Db=2");
    Expect.end(
        checkout.tcpotel("two words", "", "*", "-Dx=1", "$HOME", "--", "a\\b"),
        3,
        "",
        USER + " -Da=1 -Db=2: whole [two words] [] [*] [-Dx=1] [$HOME] [--] [a\\b]\n");
  }
}
