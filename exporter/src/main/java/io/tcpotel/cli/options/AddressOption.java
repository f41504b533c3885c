// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.record.AddressUse;
import java.util.Locale;
import picocli.CommandLine.Option;

/** How much telemetry tells of addresses. */
public final class AddressOption {
  enum Use {
    FULL(AddressUse.FULL),
    MASKED(AddressUse.MASKED),
    NONE(AddressUse.NONE);

    private final AddressUse use;

    Use(AddressUse use) {
      this.use = use;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--addresses",
      paramLabel = "USE",
      defaultValue = "full",
      description =
          "${COMPLETION-CANDIDATES}: local and peer addresses in all signals, in memory that waits"
              + " and in the spool are whole, prefixes (/24 and /48), or absent (default:"
              + " ${DEFAULT-VALUE}).")
  private Use use;

  AddressUse use() {
    return use.use;
  }
}
