// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.tcpotel.Setting;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * Compares docs/configuration.md with the options of the program; writes it with -Dgolden.update.
 */
class ConfigurationReferenceTest {
  private static final Path PAGE = Path.of("../docs/configuration.md");

  /** In a line that is no comment. */
  private static final Pattern OPTION_IN_CODE =
      Pattern.compile("^(?!\\s*(?:/\\*|\\*|//)).*?[^\\w-](--[a-z][a-z-]*)", Pattern.MULTILINE);

  private static final String HEAD =
      """
      # Configuration

      A test writes this page from the options of the program. Each option can be given on the command line, as a variable
      (`--ring-size 4MiB` is `TCPOTEL_RING_SIZE=4MiB`), or as a line of the file that `--config` names (`ring-size=4MiB`). The
      command line wins over the variable, the variable over the file. The file may hold `otel.*` properties too. The `OTEL_*`
      variables of the OpenTelemetry specification for OTLP over gRPC, the service name, resource attributes and the interval of
      metrics have their usual meaning. All configuration errors are reported together, before anything starts (exit code 2).
      """;

  private static String page() {
    StringBuilder page = new StringBuilder(HEAD);
    for (CommandLine command : Main.commands().getSubcommands().values()) {
      append(page, command);
    }
    return page.toString();
  }

  private static void append(StringBuilder page, CommandLine command) {
    page.append("\n## tcpotel ").append(command.getCommandName()).append("\n\n");
    page.append(text(command.getCommandSpec().usageMessage().description()));
    page.append("\n\n| option | default | meaning |\n|---|---|---|\n");
    for (PositionalParamSpec parameter : command.getCommandSpec().positionalParameters()) {
      page.append(
          String.format(
              "| `%s` | | %s |%n", parameter.paramLabel(), text(parameter.description())));
    }
    for (OptionSpec option : command.getCommandSpec().options()) {
      if (!option.usageHelp() && !option.versionHelp()) {
        append(page, option);
      }
    }
  }

  private static void append(StringBuilder page, OptionSpec option) {
    String value = option.arity().max() == 0 ? "" : " " + option.paramLabel();
    String defaultValue = option.defaultValue() == null ? "" : "`" + option.defaultValue() + "`";
    String meaning =
        text(option.description()).replace(" (default: " + option.defaultValue() + ")", "");
    String name = (option.longestName() + value).replace("|", "\\|");
    page.append(String.format("| `%s` | %s | %s |%n", name, defaultValue, meaning));
  }

  private static String text(String... lines) {
    return String.join(" ", lines);
  }

  @Test
  void everySettingThatAFailureNamesIsAnOption() {
    assertThat(Main.command("run").optionsMap().keySet())
        .containsAll(Stream.of(Setting.values()).map(Errors::option).toList());
  }

  @Test
  void onlyTheCommandsNameOptions() throws IOException {
    Set<String> options =
        Main.commands().getSubcommands().values().stream()
            .flatMap(command -> command.getCommandSpec().optionsMap().keySet().stream())
            .collect(Collectors.toSet());
    assertThat(options).contains("--endpoint", "--config", "--spool");
    List<String> named = new ArrayList<>();
    for (String root : List.of("src/main/java/io/tcpotel", "../bpf/src/main/java")) {
      try (Stream<Path> files = Files.walk(Path.of(root))) {
        for (Path file : files.filter(it -> it.toString().endsWith(".java")).toList()) {
          if (!file.startsWith("src/main/java/io/tcpotel/cli")) {
            OPTION_IN_CODE
                .matcher(Files.readString(file))
                .results()
                .filter(match -> options.contains(match.group(1)))
                .forEach(match -> named.add(file + ": " + match.group(1)));
          }
        }
      }
    }
    assertThat(named).as("options below the package cli: name a Setting").isEmpty();
  }

  @Test
  void thePageSaysWhatTheOptionsSay() throws IOException {
    if (System.getProperty("golden.update") != null) {
      Files.writeString(PAGE, page());
      fail("written: " + PAGE);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(page());
  }
}
