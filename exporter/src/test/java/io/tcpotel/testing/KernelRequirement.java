// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
  private static final Map<String, Integer> CAPABILITIES = new LinkedHashMap<>();

  static {
    CAPABILITIES.put("CAP_NET_ADMIN", 12);
    CAPABILITIES.put("CAP_SYS_ADMIN", 21);
    CAPABILITIES.put("CAP_PERFMON", 38);
    CAPABILITIES.put("CAP_BPF", 39);
  }

  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    return evaluate(missing(), "1".equals(System.getenv(REQUIRE)));
  }

  /** Skips the calling test, or fails it where {@value #REQUIRE} is 1, if {@code there} is not. */
  public static void assume(boolean there, String what) {
    if (!there && "1".equals(System.getenv(REQUIRE))) {
      throw new IllegalStateException("missing: " + what + " (" + REQUIRE + " is 1)");
    }
    Assumptions.assumeTrue(there, () -> "missing: " + what);
  }

  static ConditionEvaluationResult evaluate(List<String> missing, boolean required) {
    if (missing.isEmpty()) {
      return ConditionEvaluationResult.enabled("the kernel can be tested");
    }
    String reason = "missing for tests of the kernel: " + String.join("; ", missing);
    if (required) {
      throw new IllegalStateException(reason + " (" + REQUIRE + " is 1)");
    }
    return ConditionEvaluationResult.disabled(reason);
  }

  /** What this system lacks, in words; empty if nothing. */
  public static List<String> missing() {
    List<String> missing = new ArrayList<>();
    try {
      missing.addAll(missingPrivileges(Files.readAllLines(Path.of("/proc/self/status"))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (!Files.isReadable(Path.of("/sys/kernel/btf/vmlinux"))) {
      missing.add("/sys/kernel/btf/vmlinux (a kernel with CONFIG_DEBUG_INFO_BTF)");
    }
    if (TestCgroup.root().isEmpty()) {
      missing.add("a cgroup v2 mount");
    }
    if (!isOnPath("ip") || !isOnPath("ss")) {
      missing.add("the commands ip and ss (iproute2)");
    }
    if (!isOnPath("nft")) {
      missing.add("the command nft (nftables)");
    }
    return missing;
  }

  static List<String> missingPrivileges(List<String> status) {
    List<String> missing = new ArrayList<>();
    String effectiveUser = field(status, "Uid:").split("\\s+")[1];
    if (!effectiveUser.equals("0")) {
      missing.add("root (the effective user is " + effectiveUser + ")");
    }
    long effective = Long.parseUnsignedLong(field(status, "CapEff:"), 16);
    CAPABILITIES.forEach(
        (name, bit) -> {
          if ((effective >>> bit & 1) == 0) {
            missing.add(name);
          }
        });
    return missing;
  }

  private static String field(List<String> status, String name) {
    return status.stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()).trim())
        .findFirst()
        .orElseThrow();
  }

  private static boolean isOnPath(String command) {
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, command)));
  }
}
