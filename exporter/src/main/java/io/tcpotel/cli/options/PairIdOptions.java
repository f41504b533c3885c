// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Messages;
import io.tcpotel.record.PairKey;
import io.tcpotel.record.PairKeyFile;
import io.tcpotel.telemetry.LogIds;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Option;

/** The ids that both ends of a connection have in common. */
public final class PairIdOptions {
  enum Use {
    ON,
    OFF;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Option(
      names = "--pair-ids",
      paramLabel = "USE",
      defaultValue = "on",
      description =
          "${COMPLETION-CANDIDATES}: whether log records of ends have trace_id and span_id, the same"
              + " trace_id at both ends of a connection (default: ${DEFAULT-VALUE}).")
  private Use use;

  @Option(
      names = "--pair-key-file",
      paramLabel = "FILE",
      description =
          "A file with 32 hexadecimal digits, the secret key of these ids, the same for all agents"
              + " whose connections meet. With it, log records of starts and updates have ids too.")
  private Path keyFile;

  /** Reads the key file, if there is one; throws a Failure if it cannot be used. */
  LogIds logIds() {
    PairKey key = keyFile == null ? PairKey.PUBLIC : new PairKeyFile(keyFile).read();
    return use == Use.ON ? LogIds.of(key) : LogIds.none(key);
  }

  /** The key file, if there is one. */
  List<Path> files() {
    return keyFile == null ? List.of() : List.of(keyFile);
  }

  /** Says at the start if others can read the key. */
  void sayPublic(Messages messages) {
    if (keyFile != null && new PairKeyFile(keyFile).isPublic()) {
      messages.say(keyFile + " can be read by every user: take that right away, chmod o-r");
    }
  }
}
