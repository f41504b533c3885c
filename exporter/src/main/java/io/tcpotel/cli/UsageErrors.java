// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Failure;
import io.tcpotel.ForeignText;
import io.tcpotel.cli.options.ConfigFile;
import io.tcpotel.cli.options.Problems;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * Prints every error of a command line. The parser stops at the first wrong value, so this takes
 * that value out and parses the rest, until only the errors are left that the command finds itself.
 */
final class UsageErrors {
  private UsageErrors() {}

  /** Prints {@code e} and every further error; returns the exit code. */
  static int print(ParameterException e, String[] arguments) {
    CommandLine line = e.getCommandLine();
    String[] rest = without(e, arguments);
    boolean isArgument = rest.length < arguments.length;
    ConfigFile file = ConfigFile.of(line.getCommandSpec());
    String source = isArgument ? "" : file.withdraw(e.getArgSpec());
    print(e, source);
    if (isArgument || !source.isEmpty()) {
      try {
        List<CommandLine> parsed = root(line).parseArgs(rest).asCommandLineList();
        Main.configure(parsed.getLast(), new Problems(true));
      } catch (ParameterException next) {
        print(next, rest);
      } catch (Failure failure) {
        Errors.print(failure, line);
      }
    }
    return Failure.USAGE;
  }

  /** {@code arguments} without the cause of {@code e}; all of them if it is not among them. */
  private static String[] without(ParameterException e, String[] arguments) {
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
      arguments.subList(at, Math.min(at + 2, arguments.size())).clear(); // with its value
    }
  }

  private static CommandLine root(CommandLine line) {
    return line.getParent() == null ? line : root(line.getParent());
  }

  private static void print(ParameterException e, String source) {
    CommandLine line = e.getCommandLine();
    String command = line.getCommandSpec().qualifiedName();
    String text = ForeignText.of(e.getMessage());
    String lowerFirst = text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
    line.getErr().println(command + ": " + lowerFirst + source);
    line.getErr().println("  " + remedy(e, line, command));
  }

  private static String remedy(ParameterException e, CommandLine line, String command) {
    if (e instanceof UnmatchedArgumentException unmatched
        && !unmatched.getSuggestions().isEmpty()) {
      return "did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?";
    }
    String help = "'" + command + " --help'";
    return line.getSubcommands().isEmpty()
        ? help + " lists the options"
        : "commands: " + String.join(", ", line.getSubcommands().keySet()) + "; see " + help;
  }
}
