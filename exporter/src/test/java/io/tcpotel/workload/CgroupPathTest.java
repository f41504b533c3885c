// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Each format of a path, by the table in {@code cgroup-paths.txt}. */
class CgroupPathTest {
  /** Ids and uids that the table writes short. */
  private static String expand(String text) {
    return text.replace("<A>", "0123456789abcdef".repeat(4))
        .replace("<B>", "fedcba9876543210".repeat(4))
        .replace("<uid>", "3f6a1c2e-9b07-4d58-8e21-6c0d5f4b7a39")
        .replace("<uid_>", "3f6a1c2e_9b07_4d58_8e21_6c0d5f4b7a39")
        .replace("<hash>", "5d41402abc4b2a76b9719d911017c592");
  }

  private static String shown(CgroupPath path) {
    String attributes =
        WorkloadAttributes.of(path).asMap().entrySet().stream()
            .map(each -> each.getKey().getKey() + "=" + each.getValue())
            .sorted()
            .collect(Collectors.joining(" "));
    return attributes + " | " + path.identity() + " | " + path.groupIdentity();
  }

  /** The table's blocks: a path, then the indented lines of what it names. */
  static List<List<String>> rows() throws IOException {
    List<List<String>> rows = new ArrayList<>();
    try (InputStream in = CgroupPathTest.class.getResourceAsStream("cgroup-paths.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (line.startsWith("/")) {
          rows.add(new ArrayList<>(List.of(line)));
        } else if (line.startsWith("  ")) {
          rows.getLast().add(line.strip());
        }
      }
    }
    return rows;
  }

  @ParameterizedTest
  @MethodSource("rows")
  void eachFormOfAPathNamesItsWorkload(List<String> row) {
    assertThat(shown(CgroupPath.of(expand(row.getFirst()))))
        .isEqualTo(expand(String.join(" | ", row.subList(1, row.size()))));
  }

  @Test
  void everyTextIsTakenAndNamesTheSameAgain() throws IOException {
    Random random = new Random(15);
    List<List<String>> rows = rows();
    for (int i = 0; i < 100_000; i++) {
      String path = changed(expand(rows.get(random.nextInt(rows.size())).getFirst()), random);
      CgroupPath parsed = CgroupPath.of(path);
      assertThat(parsed.path()).startsWith("/").doesNotContain("//");
      assertThat(parsed.identity()).isNotEmpty();
      assertThat(parsed.groupIdentity()).isNotEmpty().isNotEqualTo(parsed.identity());
      // A workload is not cut again: its own path names the same workload.
      assertThat(CgroupPath.of(parsed.path()).identity()).as(path).isEqualTo(parsed.identity());
      assertThat(WorkloadAttributes.of(parsed).size()).isLessThanOrEqualTo(4);
    }
  }

  private static String changed(String path, Random random) {
    StringBuilder text = new StringBuilder(path);
    for (int i = random.nextInt(4); i > 0; i--) {
      int at = random.nextInt(text.length() + 1);
      int end = Math.min(text.length(), at + random.nextInt(12));
      text.replace(at, end, "/:-_.@\\x2da\u00e4\0".substring(random.nextInt(11)));
    }
    return text.toString();
  }
}
