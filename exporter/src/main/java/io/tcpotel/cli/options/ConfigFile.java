// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import io.tcpotel.ForeignText;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.TreeMap;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Gives an option that the command line omits the value of its variable ({@code --ring-size} is
 * {@code TCPOTEL_RING_SIZE}), else that of the file of properties ({@code ring-size=1MiB}). The
 * file may hold {@code otel.*} properties too. An empty value is none, as in OpenTelemetry's
 * specification.
 */
public final class ConfigFile implements IDefaultValueProvider {
  private static final String OPTION = "--config";
  private static final String OTEL = "otel.";

  /** Editors of other systems write it at the beginning of a file in UTF-8. */
  private static final int BYTE_ORDER_MARK = '\ufeff';

  private final Map<String, String> environment;
  private final Path path;
  private final Map<String, String> file;
  private final Failure unreadable;

  private ConfigFile(
      Map<String, String> environment, String path, Map<String, String> file, Failure unreadable) {
    this.environment = new HashMap<>(environment);
    this.path = path == null ? null : Path.of(path);
    this.file = file;
    this.unreadable = unreadable;
  }

  /**
   * Reads the file that {@code arguments} or the environment name. An unreadable file counts as
   * empty until {@link #requireReadable} reports it.
   */
  public static ConfigFile of(String[] arguments, Map<String, String> environment) {
    String path = valueOf(environment, variable(OPTION));
    for (int i = 0; i < arguments.length; i++) {
      if (arguments[i].startsWith(OPTION + "=")) {
        path = arguments[i].substring(OPTION.length() + 1);
      } else if (arguments[i].equals(OPTION) && i + 1 < arguments.length) {
        path = arguments[i + 1];
      }
    }
    try {
      return new ConfigFile(environment, path, path == null ? new TreeMap<>() : read(path), null);
    } catch (Failure failure) {
      return new ConfigFile(environment, null, new TreeMap<>(), failure);
    }
  }

  /** The file that gives the options of {@code command} their defaults. */
  public static ConfigFile of(CommandSpec command) {
    return (ConfigFile) command.commandLine().getDefaultValueProvider();
  }

  public Optional<Path> path() {
    return Optional.ofNullable(path);
  }

  public void requireReadable() {
    if (unreadable != null) {
      throw unreadable;
    }
  }

  private static Map<String, String> read(String path) {
    Properties properties = new Properties();
    try (BufferedReader in = Files.newBufferedReader(Path.of(path))) {
      in.mark(1);
      if (in.read() != BYTE_ORDER_MARK) {
        in.reset();
      }
      properties.load(in);
    } catch (IOException | IllegalArgumentException e) {
      throw Failure.usage(
          OPTION + " " + path, "cannot be read: " + e, "name a file of lines like ring-size=1MiB");
    }
    Map<String, String> values = new TreeMap<>();
    properties.forEach((key, value) -> values.put(key.toString(), value.toString().strip()));
    return values;
  }

  private static String variable(String option) {
    return "TCPOTEL_" + option.substring(2).replace('-', '_').toUpperCase(java.util.Locale.ROOT);
  }

  /** Null for an empty value. */
  private static String valueOf(Map<String, String> values, String name) {
    String value = values.get(name);
    return value == null || value.isBlank() ? null : value;
  }

  @Override
  public String defaultValue(ArgSpec argument) {
    if (argument instanceof OptionSpec option && isSetting(option)) {
      String name = option.longestName();
      String value = valueOf(environment, variable(name));
      value = value == null ? valueOf(file, name.substring(2)) : value;
      return value == null ? argument.defaultValue() : value;
    }
    return argument.defaultValue();
  }

  /** Not --help and --version: a variable TCPOTEL_VERSION may be anybody's. */
  private static boolean isSetting(OptionSpec option) {
    return option != null && !option.usageHelp() && !option.versionHelp();
  }

  /**
   * Forgets the wrong value of {@code argument}.
   *
   * @return the place of the value as a suffix of a message; empty if there was none
   */
  public String withdraw(ArgSpec argument) {
    if (!(argument instanceof OptionSpec option)) {
      return "";
    }
    String name = option.longestName();
    String ofVariable = environment.remove(variable(name));
    if (ofVariable != null && !ofVariable.isBlank()) {
      return " (" + variable(name) + ")";
    }
    return file.remove(name.substring(2)) == null ? "" : " (in the file of " + OPTION + ")";
  }

  /** The file's properties of OpenTelemetry's own configuration. */
  public Map<String, String> otel() {
    Map<String, String> otel = new TreeMap<>(file);
    otel.keySet().removeIf(key -> !key.startsWith(OTEL));
    return otel;
  }

  /**
   * Throws a {@link Failure} that names every key of the file that is an option neither of {@code
   * command} nor of {@code others}.
   */
  public void requireKnown(CommandSpec command, CommandSpec... others) {
    List<CommandSpec> all = new ArrayList<>(List.of(others));
    all.add(command);
    List<String> unknown = new ArrayList<>();
    for (String key : file.keySet()) {
      if (!key.startsWith(OTEL)
          && all.stream().noneMatch(it -> isSetting(it.findOption("--" + key)))) {
        unknown.add(key);
      }
    }
    if (!unknown.isEmpty()) {
      throw Failure.usage(
          OPTION,
          "unknown: " + ForeignText.of(String.join(", ", unknown)),
          "'" + command.qualifiedName() + " --help' lists the options; write them without --");
    }
  }
}
