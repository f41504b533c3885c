// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import io.tcpotel.Build;
import io.tcpotel.Failure;
import io.tcpotel.Release;
import io.tcpotel.cli.options.ConfigFile;
import io.tcpotel.cli.options.Problems;
import io.tcpotel.pipeline.CaptureStart;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;

/** The program: parses the command line, runs one command, and returns its exit code. */
@Command(
    name = Release.NAME,
    description = "Reports every TCP connection of this host to an OpenTelemetry collector.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    synopsisSubcommandLabel = "COMMAND",
    usageHelpAutoWidth = true,
    scope = ScopeType.INHERIT)
public final class Main implements Runnable {
  private static final Map<String, Supplier<Object>> COMMANDS = new LinkedHashMap<>();

  private static final Set<String> CAPTURING = Set.of("demo", "run", "tail", "record");

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

  private final boolean isProcess;

  /**
   * @param isProcess whether this is a process of its own, which may replace itself
   */
  private Main(boolean isProcess) {
    this.isProcess = isProcess;
  }

  /** Whether {@code command} has a process of its own, which may replace itself. */
  static boolean isProcess(CommandSpec command) {
    return ((Main) command.root().userObject()).isProcess;
  }

  // The only call of exit.
  // CHECKSTYLE:OFF
  public static void main(String[] arguments) {
    if (arguments.length > 0 && CAPTURING.contains(arguments[0])) {
      CaptureStart.prepare();
    }
    System.exit(run(new Main(true), System.getenv(), arguments));
  }

  // CHECKSTYLE:ON

  /** Runs a command line in this process; {@code environment} holds the options' variables. */
  static int run(Map<String, String> environment, String... arguments) {
    return run(new Main(false), environment, arguments);
  }

  private static int run(Main main, Map<String, String> environment, String... arguments) {
    CommandLine line = commands(main, named(arguments));
    line.setExecutionStrategy(Main::execute);
    line.setDefaultValueProvider(ConfigFile.of(arguments, environment));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setExecutionExceptionHandler((e, command, parsed) -> Errors.print(e, command));
    line.setParameterExceptionHandler(UsageErrors::print);
    int exitCode = line.execute(arguments);
    return exitCode == 0 && !Stdout.isTaken() ? Errors.print(Stdout.failure(), line) : exitCode;
  }

  /** All commands with their options. */
  static CommandLine commands() {
    return commands(new Main(false), COMMANDS.keySet());
  }

  /** Only the command that {@code arguments} name first: reading all options takes a while. */
  private static Set<String> named(String... arguments) {
    boolean isNamed = arguments.length > 0 && COMMANDS.containsKey(arguments[0]);
    return isNamed ? Set.of(arguments[0]) : COMMANDS.keySet();
  }

  private static CommandLine commands(Main main, Set<String> names) {
    CommandLine line = new CommandLine(main);
    names.forEach(name -> line.addSubcommand(name, COMMANDS.get(name).get()));
    return line;
  }

  /** The options of the command {@code name}. */
  static CommandSpec command(String name) {
    return commands(new Main(false), Set.of(name)).getSubcommands().get(name).getCommandSpec();
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  private static int execute(ParseResult parsed) {
    CommandLine command = parsed.asCommandLineList().getLast();
    try {
      Build.requireOne();
      Integer helped = CommandLine.executeHelpRequest(parsed);
      if (helped != null) {
        return helped;
      }
      configure(command, new Problems(false));
    } catch (RuntimeException e) {
      return Errors.print(e, command);
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  /** Checks the whole configuration of {@code command}, and throws one {@link Failure} of it. */
  static void configure(CommandLine command, Problems problems) {
    problems.check(ConfigFile.of(command.getCommandSpec())::requireReadable);
    if (command.getCommand() instanceof Configurable configurable) {
      configurable.configure(problems);
    }
    problems.requireNone();
  }
}
