// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Build;
import io.tcpotel.Failure;
import io.tcpotel.Release;
import io.tcpotel.Setting;
import io.tcpotel.cli.options.ConfigFile;
import io.tcpotel.cli.options.Problems;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The program: parses the command line, runs a command, and turns its outcome into an exit code.
 */
@Command(
    name = Release.NAME,
    description = "Reports every TCP connection of this host to an OpenTelemetry collector.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    usageHelpAutoWidth = true)
public final class Main implements Runnable {
  private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

  static {
    COMMANDS.put("demo", DemoCommand::new);
    COMMANDS.put("run", RunCommand::new);
    COMMANDS.put("tail", TailCommand::new);
    COMMANDS.put("record", RecordCommand::new);
    COMMANDS.put("replay", ReplayCommand::new);
    COMMANDS.put("doctor", DoctorCommand::new);
    COMMANDS.put("sink", SinkCommand::new);
  }

  @CommandLine.Spec private CommandSpec spec;

  private Main() {}

  // The only place that ends the process.
  // CHECKSTYLE:OFF
  public static void main(String[] arguments) {
    System.exit(run(arguments));
  }

  // CHECKSTYLE:ON

  /** All commands with their options, as the reference describes them. */
  static CommandLine commands() {
    return commands(COMMANDS.keySet());
  }

  private static CommandLine commands(Set<String> names) {
    CommandLine line = new CommandLine(new Main());
    names.forEach(name -> line.addSubcommand(name, COMMANDS.get(name).get()));
    return line;
  }

  /** What there is to say to the command of this name. */
  static CommandSpec command(String name) {
    return commands(name).getSubcommands().get(name).getCommandSpec();
  }

  /** A command that is named first is made alone: to read the options of all takes a while. */
  private static CommandLine commands(String... arguments) {
    boolean isNamed = arguments.length > 0 && COMMANDS.containsKey(arguments[0]);
    return isNamed ? commands(Set.of(arguments[0])) : commands();
  }

  static int run(String... arguments) {
    CommandLine line = commands(arguments);
    line.setExecutionStrategy(Main::execute);
    line.setDefaultValueProvider(ConfigFile.of(arguments, System.getenv()));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler(Main::onExecutionException);
    line.setParameterExceptionHandler(Main::onParameterException);
    return line.execute(arguments);
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  private static int execute(ParseResult parsed) {
    try {
      Build.requireOne();
    } catch (Failure e) {
      return onExecutionException(e, parsed.commandSpec().commandLine(), parsed);
    }
    Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      return helped;
    }
    CommandLine line = parsed.asCommandLineList().getLast();
    try {
      configure(line, new Problems(false));
    } catch (RuntimeException e) {
      return onExecutionException(e, line, parsed);
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private static void configure(CommandLine line, Problems problems) {
    problems.check(configFile(line)::requireReadable);
    if (line.getCommand() instanceof Configurable command) {
      command.configure(problems);
    }
    problems.requireNone();
  }

  private static ConfigFile configFile(CommandLine line) {
    return (ConfigFile) line.getDefaultValueProvider();
  }

  private static int onExecutionException(Exception e, CommandLine line, ParseResult parsed) {
    PrintWriter err = line.getErr();
    if (e instanceof Failure failure) {
      err.println(Release.NAME + ": " + failure.message(Main::option));
      return failure.exitCode();
    }
    err.println(Release.NAME + ": unexpected: " + e);
    err.println("  this is a defect: please report it with the lines below");
    for (StackTraceElement frame : e.getStackTrace()) {
      err.println("    at " + frame);
    }
    return Failure.RUNNING;
  }

  /**
   * The parser ends at the first wrong argument; without that one it comes to the next, and at the
   * end to what the command itself finds.
   */
  private static int onParameterException(ParameterException e, String[] arguments) {
    CommandLine line = e.getCommandLine();
    String command = line.getCommandSpec().qualifiedName();
    String[] rest = WrongArguments.without(e, arguments);
    boolean isArgument = rest.length < arguments.length;
    String source = isArgument ? "" : configFile(line).withdraw(e.getArgSpec());
    line.getErr().println(command + ": " + lowerFirst(e.getMessage()) + source);
    line.getErr().println("  " + remedy(e, line, command));
    if (isArgument || !source.isEmpty()) {
      try {
        ParseResult parsed = root(line).parseArgs(rest);
        configure(parsed.asCommandLineList().getLast(), new Problems(true));
      } catch (ParameterException next) {
        onParameterException(next, rest);
      } catch (Failure failure) {
        line.getErr().println(Release.NAME + ": " + failure.message(Main::option));
      }
    }
    return Failure.USAGE;
  }

  /** The option that gives {@code setting} its value. */
  static String option(Setting setting) {
    return "--" + setting.toString().replace(' ', '-');
  }

  private static CommandLine root(CommandLine line) {
    return line.getParent() == null ? line : root(line.getParent());
  }

  private static String lowerFirst(String text) {
    return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }

  private static String remedy(ParameterException e, CommandLine line, String command) {
    if (e instanceof UnmatchedArgumentException unmatched
        && !unmatched.getSuggestions().isEmpty()) {
      return "did you mean " + String.join(" or ", unmatched.getSuggestions()) + "?";
    }
    return line.getSubcommands().isEmpty()
        ? "'" + command + " --help' lists the options"
        : "commands: "
            + String.join(", ", line.getSubcommands().keySet())
            + "; see '"
            + command
            + " --help'";
  }
}
