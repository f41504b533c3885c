// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Skips a test that the system cannot run and says what exactly is missing. Where {@value #REQUIRE}
 * is 1 it fails instead: where the kernel tests have to run, a skipped one must not look like a
 * passed one.
 */
public final class KernelRequirement implements ExecutionCondition {
  static final String REQUIRE = "TCPOTEL_REQUIRE_KERNEL";

  /**
   * Bits of capability.h. CAP_SYS_ADMIN is for the namespaces of the tests; the program needs the
   * others alone.
   */
  private static final Map<String, Integer> CAPABILITIES =
      Map.of("CAP_NET_ADMIN", 12, "CAP_SYS_ADMIN", 21, "CAP_PERFMON", 38, "CAP_BPF", 39);

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return evaluate("of the kernel", missing(), REQUIRE, System.getenv(REQUIRE));
  }

  /** Skips the calling test, or fails it where {@value #REQUIRE} is 1, if {@code there} is not. */
  public static void assume(boolean there, String what) {
    if (!there && "1".equals(System.getenv(REQUIRE))) {
      throw new IllegalStateException("missing: " + what + " (" + REQUIRE + " is 1)");
    }
    Assumptions.assumeTrue(there, () -> "missing: " + what);
  }

  /**
   * Skips tests {@code of} something if anything is missing, or fails them.
   *
   * @param variable whose {@code value} is 1 where they must not be skipped
   */
  public static ConditionEvaluationResult evaluate(
      String of, List<String> missing, String variable, String value) {
    String reason = "missing for tests " + of + ": " + String.join("; ", missing);
    if (!missing.isEmpty() && "1".equals(value)) {
      throw new IllegalStateException(reason + " (" + variable + " is 1)");
    }
    return missing.isEmpty()
        ? ConditionEvaluationResult.enabled("nothing is missing")
        : ConditionEvaluationResult.disabled(reason);
  }

  /** What this system lacks, in words; empty if nothing. */
  public static List<String> missing() {
    List<String> missing = missingPrivileges();
    if (!Files.isReadable(Path.of("/sys/kernel/btf/vmlinux"))) {
      missing.add("/sys/kernel/btf/vmlinux (a kernel with CONFIG_DEBUG_INFO_BTF)");
    }
    if (TestCgroup.root().isEmpty()) {
      missing.add("a cgroup v2 mount");
    }
    for (String command : List.of("ip", "ss", "nft")) {
      if (!isOnPath(command)) {
        missing.add("the command " + command + " (iproute2, nftables)");
      }
    }
    return missing;
  }

  private static List<String> missingPrivileges() {
    List<String> missing = new ArrayList<>();
    String effectiveUser = status("Uid:").split("\\s+")[1];
    if (!effectiveUser.equals("0")) {
      missing.add("root (the effective user is " + effectiveUser + ")");
    }
    long effective = Long.parseUnsignedLong(status("CapEff:"), 16);
    CAPABILITIES.forEach(
        (name, bit) -> {
          if ((effective >>> bit & 1) == 0) {
            missing.add(name);
          }
        });
    return missing;
  }

  private static String status(String field) {
    try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
      return lines
          .filter(line -> line.startsWith(field))
          .map(line -> line.substring(field.length()).trim())
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isOnPath(String command) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
  }
}
