// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.bpf.AddressPrefix;
import io.tcpotel.bpf.ConnectionFilter;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class FilterOptionsTest {
  @Command
  private static final class Capturing {
    @Mixin private FilterOptions options;
    @Mixin private ScopeOption scope;
  }

  private static ConnectionFilter filter(String... arguments) {
    Capturing capturing = new Capturing();
    new CommandLine(capturing).parseArgs(arguments);
    return capturing.options.filter(capturing.scope);
  }

  @Test
  void takesListsAndRepetitionsAndExclamationMarks() {
    ConnectionFilter filter =
        filter(
            "--filter-prefix",
            "10.0.0.0/8,!10.1.0.0/16",
            "--filter-prefix",
            "2001:db8::/32",
            "--filter-port",
            "443,5432",
            "--filter-port",
            "!22",
            "--filter-netns",
            "/proc/self/ns/net",
            "--no-loopback",
            "--scope",
            "pod");
    assertThat(filter.prefixes())
        .isEqualTo(
            Map.of(
                AddressPrefix.parse("10.0.0.0/8"), true,
                AddressPrefix.parse("10.1.0.0/16"), false,
                AddressPrefix.parse("2001:db8::/32"), true));
    assertThat(filter.ports()).isEqualTo(Map.of(443, true, 5432, true, 22, false));
    assertThat(filter.netns()).isEqualTo(Map.of(Path.of("/proc/self/ns/net"), true));
    assertThat(filter.noLoopback()).isTrue();
    assertThat(filter.ownNetns()).isTrue();
  }

  @Test
  void aNamespaceIsAlsoGivenByPid() {
    long pid = ProcessHandle.current().pid();
    assertThat(filter("--filter-netns", "!" + pid).netns())
        .isEqualTo(Map.of(Path.of("/proc/" + pid + "/ns/net"), false));
  }

  @Test
  void namesAllValuesThatCannotBe() {
    assertThatThrownBy(
            () ->
                filter(
                    "--filter-port", "0,65536,http",
                    "--filter-prefix", "10.0.0.1/8",
                    "--filter-netns", "no-such-namespace"))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("--filter-port: '0' is not a port")
        .hasMessageContaining("--filter-port: '65536' is not a port")
        .hasMessageContaining("--filter-port: 'http' is not a port")
        .hasMessageContaining("--filter-prefix: '10.0.0.1/8' has bits set behind its prefix")
        .hasMessageContaining(
            "--filter-netns: no network namespace at /run/netns/no-such-namespace")
        .extracting(thrown -> ((Failure) thrown).exitCode())
        .isEqualTo(Failure.USAGE);
  }
}
