// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp.spool;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/**
 * The reason of a file's error, in words: the message of Java's exceptions is often only a name.
 */
final class SpoolError {
  private SpoolError() {}

  static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return e.getMessage() + ": permission denied";
    }
    if (e instanceof NoSuchFileException) {
      return e.getMessage() + ": there is no such file or directory";
    }
    if (e instanceof FileSystemException known && known.getReason() != null) {
      return known.getFile() + ": " + known.getReason();
    }
    return e.getMessage() == null ? e.toString() : e.getMessage();
  }
}
