// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.pipeline.CaptureLoop;
import io.tcpotel.workload.WorkloadTable;
import java.util.Locale;
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

  /** The workloads to which the connections of {@code loop} belong. */
  public WorkloadTable workloads(CaptureLoop loop) {
    return isAgent() ? WorkloadTable.ofAgent() : loop.workloads();
  }

  boolean isAgent() {
    return owner == Owner.AGENT;
  }
}
