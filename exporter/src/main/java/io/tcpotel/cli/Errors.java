// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.ForeignText;
import io.tcpotel.Release;
import io.tcpotel.Setting;
import java.io.PrintWriter;
import picocli.CommandLine;

/** Prints the exception that ends a command. */
final class Errors {
  private Errors() {}

  /** Prints {@code e} on the stderr of {@code command}; returns the exit code. */
  static int print(Exception e, CommandLine command) {
    PrintWriter err = command.getErr();
    if (e instanceof Failure failure) {
      err.println(Release.NAME + ": " + ForeignText.message(failure.message(Errors::option)));
      return failure.exitCode();
    }
    err.println(Release.NAME + ": unexpected: " + ForeignText.of(e.toString()));
    err.println("  this is a defect: please report it with the lines below");
    for (StackTraceElement frame : e.getStackTrace()) {
      err.println("    at " + frame);
    }
    return Failure.RUNNING;
  }

  /** The option of {@code setting}. */
  static String option(Setting setting) {
    return "--" + setting.toString().replace(' ', '-');
  }
}
