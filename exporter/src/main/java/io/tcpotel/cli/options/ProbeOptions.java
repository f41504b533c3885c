// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.ByteSize;
import io.tcpotel.Messages;
import io.tcpotel.bpf.CgroupDirectory;
import io.tcpotel.bpf.ProbeSettings;
import java.nio.file.Path;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that captures. */
public final class ProbeOptions {
  @Mixin private ScopeOption scope;

  @Mixin private FilterOptions filter;

  @Option(
      names = "--ring-size",
      paramLabel = "SIZE",
      defaultValue = "1MiB",
      converter = ByteSizeConverter.class,
      description =
          "Size of the kernel's ring buffer, a power of two from 4KiB; 1MiB holds 4,600 records"
              + " (default: ${DEFAULT-VALUE}).")
  private ByteSize ringSize;

  @Option(
      names = "--own-connections",
      description = "Also report this program's own connections to the collector.")
  private boolean ownConnections;

  @Mixin private TimeLimit timeLimit;

  public Path cgroup() {
    return scope.cgroup();
  }

  public ProbeSettings settings() {
    return ProbeSettings.of(ringSize.bytes(), ownConnections).withFilter(filter.filter(scope));
  }

  /** The sockets of the host that are watched, as the options give them; empty for all. */
  public String source() {
    String chosen = filter.toString();
    return scope.isHost() && chosen.isEmpty() ? "" : scope + " " + chosen;
  }

  /** Says at the start which connections of the scope cannot be seen. */
  public void sayObstacles(Messages messages) {
    if (scope.isOfRoot()) {
      CgroupDirectory.narrowed(cgroup()).ifPresent(it -> messages.say(it.toString()));
    }
  }

  /** Null means no limit. */
  public Duration limit() {
    return timeLimit.duration();
  }
}
