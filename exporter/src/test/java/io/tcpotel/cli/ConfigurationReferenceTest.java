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
      command line wins over the variable, the variable over the file. An empty variable or line is as if it were not there, and
      `TCPOTEL_HELP` and `TCPOTEL_VERSION` are no options. The file is in UTF-8, with or without a byte order mark. All
      configuration errors are reported together, before anything starts (exit code 2). Messages, those of `doctor` too, show no
      header's value, no user name and password of a URL, and no token behind `Bearer` or `Basic`.

      ## OpenTelemetry's variables

      They have the meaning of the OpenTelemetry specification. Each is also a property of the file
      (`otel.exporter.otlp.endpoint`); `--endpoint` wins over both. Those that begin with `OTEL_EXPORTER_OTLP_` exist per signal,
      too (`OTEL_EXPORTER_OTLP_LOGS_ENDPOINT`), which wins. All others, as `OTEL_PROPAGATORS` or limits of attributes, are
      ignored, and so are those of a signal that `--signals` does not name.

      | variable | value |
      |---|---|
      | `OTEL_EXPORTER_OTLP_ENDPOINT` | `http://HOST:PORT`, or `https://` for TLS; port 4317 if there is none. HOST is what the resolver takes: a name, also `otel_collector` (not with TLS: no certificate can be for it) or `bücher.example`, `127.1`, `[2001:db8::1]`, `[fe80::1%25eth0]` |
      | `OTEL_EXPORTER_OTLP_HEADERS` | `NAME=VALUE,NAME=VALUE`, percent-encoded (`%20` for a blank; `+` is a plus sign). Refused is what gRPC cannot carry: control characters as `%0A`, a blank at an end, letters beyond ASCII, names that gRPC sets itself. A start with headers, plain text and another host is warned of |
      | `OTEL_EXPORTER_OTLP_CERTIFICATE` | PEM file of the authorities that a collector's certificate is checked with. Without it: those of the JDK that built the program. The host's certificate store and `SSL_CERT_FILE` are not used; name `/etc/ssl/certs/ca-certificates.crt` or the like here |
      | `OTEL_EXPORTER_OTLP_CLIENT_KEY`, `..._CLIENT_CERTIFICATE` | PEM files of this program's key and its certificates, for a collector that asks for them; one file may hold both. The key is RSA or EC, in PKCS#8, not encrypted; for any other the message has the `openssl` command that converts it |
      | `OTEL_EXPORTER_OTLP_PROTOCOL` | `grpc` |
      | `OTEL_EXPORTER_OTLP_COMPRESSION` | `gzip`, `none` |
      | `OTEL_EXPORTER_OTLP_TIMEOUT` | milliseconds (10,000), or with a unit: `10s` |
      | `OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE` | `cumulative`, `delta`, `lowmemory` |
      | `OTEL_METRICS_EXEMPLAR_FILTER` | `always_off` leaves the exemplars out; `trace_based` and `always_on`, of which the SDK would choose others, are the same |
      | `OTEL_EXPORTER_OTLP_METRICS_DEFAULT_HISTOGRAM_AGGREGATION` | `explicit_bucket_histogram`, `base2_exponential_bucket_histogram` |
      | `OTEL_METRIC_EXPORT_INTERVAL` | milliseconds (60,000), or with a unit |
      | `OTEL_JAVA_METRICS_CARDINALITY_LIMIT` | the limit of all series about connections together (2,000) |
      | `OTEL_LOGS_EXPORTER`, `OTEL_METRICS_EXPORTER`, `OTEL_TRACES_EXPORTER` | `otlp`, `none` |
      | `OTEL_SERVICE_NAME`, `OTEL_RESOURCE_ATTRIBUTES` | of the resource; attributes are percent-encoded like headers |
      | `OTEL_SDK_DISABLED` | `true` is refused |
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
