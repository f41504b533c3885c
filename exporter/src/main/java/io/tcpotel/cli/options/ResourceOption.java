// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.workload.WorkloadTable;
import java.util.Locale;
import java.util.function.Supplier;
import picocli.CommandLine.Option;

/** Of whom the resource of connections tells. */
public final class ResourceOption {
  enum Owner {
    WORKLOAD,
    AGENT;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--resource",
      paramLabel = "OWNER",
      defaultValue = "workload",
      description =
          "${COMPLETION-CANDIDATES}: the resource of connections names the container, the pod or the"
              + " service that they belong to, or this program for all of them (default:"
              + " ${DEFAULT-VALUE}).")
  private Owner owner;

  /**
   * The workloads to which connections belong.
   *
   * @param known those that the source of the connections tells
   */
  public WorkloadTable workloads(Supplier<WorkloadTable> known) {
    return isAgent() ? WorkloadTable.ofAgent() : known.get();
  }

  boolean isAgent() {
    return owner == Owner.AGENT;
  }
}
