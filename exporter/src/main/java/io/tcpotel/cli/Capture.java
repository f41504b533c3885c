// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Messages;
import io.tcpotel.bpf.Obstacle;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.cli.options.ConfigFile;
import io.tcpotel.pipeline.CaptureLoop;
import io.tcpotel.pipeline.CaptureStart;
import io.tcpotel.pipeline.StopSignal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Model.CommandSpec;

/**
 * Begins the capture of a command, which goes on without capabilities if the process is its own.
 */
final class Capture {
  private static final Obstacle READ_ONCE =
      new Obstacle("its configuration can be read only once", "name a file instead of a pipe");

  private final CommandSpec command;
  private final Messages messages;
  private final List<Path> read = new ArrayList<>();
  private final List<Path> written = new ArrayList<>();

  Capture(CommandSpec command, Messages messages) {
    this.command = command;
    this.messages = messages;
  }

  /** Names files that the command reads after the start. */
  Capture reading(List<Path> files) {
    read.addAll(files);
    return this;
  }

  /** Names files or directories that the command writes after the start. */
  Capture writing(List<Path> files) {
    written.addAll(files);
    return this;
  }

  CaptureLoop begin(ProbeSettings settings, Path cgroup, StopSignal stop) {
    Optional<Path> configuration = ConfigFile.of(command).path();
    configuration.ifPresent(read::add);
    CaptureStart start = new CaptureStart(settings, cgroup, read, written, messages);
    if (!Main.isProcess(command)) {
      return start.attach();
    }
    if (configuration.isPresent() && !Files.isRegularFile(configuration.get())) {
      return start.attachPrivileged(READ_ONCE);
    }
    return start.attachUnprivileged(System.getenv(), stop);
  }
}
