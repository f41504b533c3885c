// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Takes out of a command line what made its parsing fail. */
final class WrongArguments {
  private WrongArguments() {}

  /** {@code arguments} without the cause of {@code e}; all of them if that stands elsewhere. */
  static String[] without(ParameterException e, String[] arguments) {
    List<String> rest = new ArrayList<>(Arrays.asList(arguments));
    if (e instanceof UnmatchedArgumentException unmatched) {
      unmatched.getUnmatched().forEach(rest::remove);
    } else if (e.getArgSpec() instanceof OptionSpec option) {
      for (String name : option.names()) {
        remove(rest, name);
      }
    }
    return rest.toArray(String[]::new);
  }

  private static void remove(List<String> arguments, String name) {
    arguments.removeIf(argument -> argument.startsWith(name + "="));
    int at = arguments.indexOf(name);
    if (at >= 0) {
      arguments.subList(at, Math.min(at + 2, arguments.size())).clear(); // the value stands behind
    }
  }
}
