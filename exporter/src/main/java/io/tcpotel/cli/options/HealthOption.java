// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where to tell how the agent does. */
public final class HealthOption {
  private static final String NAME = "--health";

  @Option(
      names = NAME,
      paramLabel = "[HOST:]PORT",
      description =
          "Answer HTTP there, HOST being 127.0.0.1 unless given: /livez, whether the reader turns;"
              + " /readyz, whether connections are seen and the collector accepts them. Port 0"
              + " means any free one.")
  private String at;

  /** Throws a {@link Failure} if it is malformed; empty if it is off. */
  public Optional<ListenAddress> address() {
    if (at == null) {
      return Optional.empty();
    }
    String full = at.matches("\\d+") ? "127.0.0.1:" + at : at;
    return Optional.of(ListenAddress.parse(NAME, full));
  }
}
