// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.sink.LineOutput;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The output of a command. */
final class Stdout {
  private static final String REMEDY =
      "keep its reader running, or redirect it to a file on a disk with free space";
  private static final Path FILE = Path.of("/proc/self/fd/1");

  /** The file's type in its mode, and the types of pipe and socket: stat(2). */
  private static final int TYPE = 0170000;

  private static final int PIPE = 0010000;
  private static final int SOCKET = 0140000;

  private Stdout() {}

  /** {@code onFailure} runs once, when a write has failed. */
  static LineOutput lines(Runnable onFailure) {
    return new LineOutput(new FileOutputStream(FileDescriptor.out), onFailure);
  }

  /** Whether all of {@link System#out} was written, or its reader has left. */
  static boolean isTaken() {
    return !System.out.checkError() || hasReader();
  }

  /** Throws the {@link Failure} of a write; a reader who has left a pipe has seen enough. */
  static void requireTaken(LineOutput out) {
    if (out.failure() != null && !hasReader()) {
      throw failure(out.failure());
    }
  }

  /** Whether it is a pipe or a socket: there a write fails because the reader has left. */
  private static boolean hasReader() {
    try {
      int type = (int) Files.getAttribute(FILE, "unix:mode") & TYPE;
      return type == PIPE || type == SOCKET;
    } catch (IOException e) {
      return false; // closed
    }
  }

  static Failure failure(IOException e) {
    return Failure.running("stdout", "cannot be written: " + e.getMessage(), REMEDY, e);
  }

  /** Of a command that does not know the reason. */
  static Failure failure() {
    return Failure.running("stdout", "cannot be written", REMEDY, null);
  }
}
