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

/** The tests that docs/accuracy.md names exist under these names and are not disabled. */
class AccuracyReferenceTest {
  private static final Path PAGE = Path.of("../docs/accuracy.md");
  private static final List<Path> JAVA =
      List.of(Path.of("src/test/java/io/tcpotel"), Path.of("../bpf/src/test/java/io/tcpotel"));
  private static final Path C = Path.of("../bpf/src/test/c");

  /** As `LoadKernelTest#aMethod`, `cli/RunKernelTest#aMethod`. */
  private static final Pattern JAVA_TEST =
      Pattern.compile("`(?:([\\w/]+)/)?(\\w+(?:Test|IT))(?:[#.](\\w+))?`");

  /** As `check_older`, `check_older "older, v4"`. */
  private static final Pattern C_CHECK = Pattern.compile("`(check_\\w+)(?: \"([^\"`]+)\")?`");

  private static List<String> rows() throws IOException {
    try (Stream<String> lines = Files.lines(PAGE)) {
      return lines
          .filter(line -> line.startsWith("| "))
          .filter(line -> !line.endsWith("| test |"))
          .toList();
    }
  }

  @Test
  void everyRowNamesATestOrSaysWhyThereIsNone() throws IOException {
    assertThat(rows())
        .hasSizeGreaterThan(85)
        .allSatisfy(
            row -> {
              boolean named = JAVA_TEST.matcher(row).find() || C_CHECK.matcher(row).find();
              assertThat(named).as(row).isNotEqualTo(row.contains("| no test: "));
            });
  }

  @Test
  void everyJavaTestThatARowNamesIsRun() throws IOException {
    int names = 0;
    for (String row : rows()) {
      Matcher name = JAVA_TEST.matcher(row);
      while (name.find()) {
        names++;
        assertThat(name.group(3)).as("method of %s", name.group()).isNotNull();
        String folder = name.group(1) == null ? "kernel" : name.group(1);
        assertIsRun(name.group(), source(folder, name.group(2)), name.group(3));
      }
    }
    assertThat(names).isGreaterThan(60);
  }

  private static String source(String folder, String className) throws IOException {
    List<Path> found =
        JAVA.stream()
            .map(root -> root.resolve(folder).resolve(className + ".java"))
            .filter(Files::exists)
            .toList();
    assertThat(found).as("%s/%s", folder, className).hasSize(1);
    return Files.readString(found.get(0));
  }

  /** The annotations are on the lines before the method, up to the member before it. */
  private static void assertIsRun(String name, String source, String method) {
    assertThat(source.substring(0, source.indexOf("\nclass ")))
        .as(name)
        .doesNotContain("@Disabled");
    Matcher annotations =
        Pattern.compile(
                "\n((?:  .*\n)+?)  (?:public )?(?:void|Stream<DynamicTest>) " + method + "\\(")
            .matcher(source);
    assertThat(annotations.find()).as("%s is there", name).isTrue();
    assertThat(annotations.group(1))
        .as(name)
        .containsPattern("@(Test|TestFactory|ParameterizedTest|Property)\\b")
        .doesNotContain("@Disabled", "@Enabled");
  }

  @Test
  void everyCheckThatARowNamesIsRunWithItsConnections() throws IOException {
    String main = Files.readString(C.resolve("kernel_check.c"));
    int names = 0;
    for (String row : rows()) {
      Matcher name = C_CHECK.matcher(row);
      while (name.find()) {
        names++;
        assertThat(main).as(name.group()).contains("\n\t" + name.group(1) + "(&place);");
        if (name.group(2) != null) {
          assertThat(checkSource(name.group(1)))
              .as(name.group())
              .contains('"' + name.group(2) + '"');
        }
      }
    }
    assertThat(names).isGreaterThan(40);
  }

  private static String checkSource(String function) throws IOException {
    List<String> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(C)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".c")).toList()) {
        String source = Files.readString(file);
        if (source.contains("\nvoid " + function + "(")) {
          found.add(source);
        }
      }
    }
    assertThat(found).as(function).hasSize(1);
    return found.get(0);
  }
}
