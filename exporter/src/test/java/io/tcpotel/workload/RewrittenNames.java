// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.workload;

import io.tcpotel.workload.NamesFile.Unusable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

/** A names file that changes, and its names. */
public final class RewrittenNames {
  private final Path file;
  private final PeerNames names;
  private int versions;

  public RewrittenNames(Path file, String content) throws IOException {
    this.file = Files.writeString(file, content);
    this.names = PeerNames.of(file);
  }

  public PeerNames names() {
    return names;
  }

  /** Writes the file anew, which is read at once. */
  public void rewrite(String content) throws IOException {
    Files.writeString(file, content);
    // Two versions within a tick of the file system's clock.
    Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + versions++));
    try {
      names.readIfChanged();
    } catch (Unusable e) {
      throw new AssertionError(e);
    }
  }
}
