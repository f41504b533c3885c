// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Release;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} prints. */
final class Version implements IVersionProvider {
  @Override
  public String[] getVersion() {
    return new String[] {"tcpotel " + Release.VERSION};
  }
}
