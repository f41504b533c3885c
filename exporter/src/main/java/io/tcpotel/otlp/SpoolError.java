// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;

/** What went wrong with a file, in words: the exceptions of Java often say only its name. */
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
