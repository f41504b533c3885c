// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.launcher;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The distribution's notice names all libraries that are in its jar. */
class NoticeTest {
  /** Ours, and what tests alone use. */
  private static final String NOT_OF_OTHERS =
      "tcpotel-.*|opentelemetry-sdk-testing|(junit|jqwik|assertj|jazzer|surefire|byte-buddy)-?.*"
          + "|opentest4j|apiguardian-api|snakeyaml-engine";

  @Test
  void namesEachLibrary() throws IOException {
    String notice = Files.readString(Path.of("src/distribution/NOTICE"));
    List<String> named = Arrays.asList(notice.split("[\\s;]+"));
    List<String> libraries =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(path -> path.endsWith(".jar"))
            .map(path -> Path.of(path).getFileName().toString().replaceFirst("-\\d.*", ""))
            .filter(name -> !name.matches(NOT_OF_OTHERS))
            .toList();
    assertThat(libraries).contains("picocli", "netty-common");
    assertThat(named).containsAll(libraries);
  }
}
