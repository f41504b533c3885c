// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The tests that docs/accuracy.md names are there, under these names. */
class AccuracyReferenceTest {
  private static final Path PAGE = Path.of("../docs/accuracy.md");
  private static final List<Path> SOURCES =
      List.of(Path.of("src/test"), Path.of("../bpf/src/test"));

  /** As `LoadKernelTest`, `cli/RunKernelTest.aMethod`. */
  private static final Pattern NAME = Pattern.compile("`(?:\\w+/)*(\\w+Test)(?:\\.(\\w+))?`");

  private static List<Path> filesNamed(String name) throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path source : SOURCES) {
      try (Stream<Path> files = Files.walk(source)) {
        files.filter(file -> file.endsWith(name + ".java")).forEach(found::add);
      }
    }
    return found;
  }

  @Test
  void everyTestThatThePageNamesExists() throws IOException {
    Matcher name = NAME.matcher(Files.readString(PAGE));
    int names = 0;
    while (name.find()) {
      names++;
      List<Path> files = filesNamed(name.group(1));
      assertThat(files).as(name.group()).hasSize(1);
      if (name.group(2) != null) {
        assertThat(Files.readString(files.get(0)))
            .as(name.group())
            .contains(" " + name.group(2) + "(");
      }
    }
    assertThat(names).isGreaterThan(80);
  }
}
