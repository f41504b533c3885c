// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class ConfigFileTest {
  @TempDir private Path directory;

  @Command(name = "sample", mixinStandardHelpOptions = true, version = "0")
  private static final class Sample {
    @Option(names = "--ring-size", defaultValue = "1MiB")
    private String ringSize;

    @Option(names = "--endpoint")
    private String endpoint;

    @Option(names = "--own-connections")
    private boolean ownConnections;

    @Option(names = "--config")
    private String config;
  }

  private Path file(String... lines) throws IOException {
    return Files.write(directory.resolve("tcpotel.properties"), java.util.List.of(lines));
  }

  private static Sample parse(Map<String, String> environment, String... arguments) {
    Sample sample = new Sample();
    CommandLine line = new CommandLine(sample);
    line.setDefaultValueProvider(ConfigFile.of(arguments, environment));
    line.parseArgs(arguments);
    return sample;
  }

  @Test
  void anOptionWinsOverTheEnvironmentAndThatOverTheFile() throws IOException {
    String config = "--config=" + file("ring-size=1", "endpoint=file");
    Map<String, String> environment = Map.of("TCPOTEL_RING_SIZE", "2");
    assertThat(parse(environment, config, "--ring-size=3").ringSize).isEqualTo("3");
    assertThat(parse(environment, config).ringSize).isEqualTo("2");
    assertThat(parse(Map.of(), config).ringSize).isEqualTo("1");
    assertThat(parse(environment, config).endpoint).isEqualTo("file");
    assertThat(parse(Map.of()).ringSize).isEqualTo("1MiB");
    assertThat(parse(Map.of()).endpoint).isNull();
  }

  @Test
  void anEmptyValueIsNone() throws IOException {
    String config = "--config=" + file("ring-size=4", "endpoint=", "own-connections = ");
    Map<String, String> empty =
        Map.of("TCPOTEL_RING_SIZE", "", "TCPOTEL_ENDPOINT", " ", "TCPOTEL_CONFIG", "");
    assertThat(parse(empty, config).ringSize).as("that of the file").isEqualTo("4");
    assertThat(parse(empty, config).endpoint).isNull();
    assertThat(parse(empty, config).ownConnections).isFalse();
    assertThat(parse(empty).ringSize).isEqualTo("1MiB");
    ConfigFile.of(new String[0], empty).requireReadable();
  }

  @Test
  void helpAndVersionAreNoSettings() throws IOException {
    CommandLine line = new CommandLine(new Sample());
    String[] arguments = {"--config=" + file("help=true", "version=1")};
    ConfigFile file =
        ConfigFile.of(arguments, Map.of("TCPOTEL_HELP", "1", "TCPOTEL_VERSION", "latest"));
    line.setDefaultValueProvider(file);
    CommandLine.ParseResult parsed = line.parseArgs(arguments);
    assertThat(parsed.isUsageHelpRequested()).isFalse();
    assertThat(parsed.isVersionHelpRequested()).isFalse();
    assertThatThrownBy(() -> file.requireKnown(line.getCommandSpec()))
        .hasMessageContaining("unknown: help, version");
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstKey() throws IOException {
    String path = file("\ufeffring-size=7").toString();
    assertThat(parse(Map.of(), "--config", path).ringSize).isEqualTo("7");
    assertThat(parse(Map.of(), "--config", file().toString()).ringSize).isEqualTo("1MiB");
  }

  @Test
  void setsAFlag() throws IOException {
    assertThat(parse(Map.of("TCPOTEL_OWN_CONNECTIONS", "true")).ownConnections).isTrue();
    assertThat(parse(Map.of(), "--config", file("own-connections=true").toString()).ownConnections)
        .isTrue();
    assertThat(parse(Map.of("TCPOTEL_OWN_CONNECTIONS", "false")).ownConnections).isFalse();
  }

  @Test
  void findsTheFileByOptionOrEnvironment() throws IOException {
    String path = file("endpoint = here ").toString();
    assertThat(parse(Map.of(), "--config", path).endpoint).isEqualTo("here");
    assertThat(parse(Map.of(), "--config=" + path).endpoint).isEqualTo("here");
    assertThat(parse(Map.of("TCPOTEL_CONFIG", path)).endpoint).isEqualTo("here");
    assertThat(parse(Map.of("TCPOTEL_CONFIG", "/no/such"), "--config=" + path).endpoint)
        .isEqualTo("here");
  }

  @Test
  void anOptionWithoutItsFileIsLeftToTheParser() {
    ConfigFile file = ConfigFile.of(new String[] {"--config"}, Map.of());
    file.requireReadable();
    assertThat(file.otel()).isEmpty();
  }

  @Test
  void passesOtelPropertiesOn() throws IOException {
    String[] arguments = {
      "--config=" + file("otel.service.name=edge", "ring-size=1MiB", "otel.x=1")
    };
    assertThat(ConfigFile.of(arguments, Map.of()).otel())
        .containsExactly(Map.entry("otel.service.name", "edge"), Map.entry("otel.x", "1"));
    assertThat(ConfigFile.of(new String[0], Map.of()).otel()).isEmpty();
  }

  @Test
  void namesAllUnknownKeysAtOnce() throws IOException {
    String[] arguments = {
      "--config="
          + file("rign-size=1", "endpoint=x", "otel.anything=1", "--ring-size=1", "scop=host")
    };
    ConfigFile file = ConfigFile.of(arguments, Map.of());
    assertThatThrownBy(() -> file.requireKnown(new CommandLine(new Sample()).getCommandSpec()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("unknown: --ring-size, rign-size, scop")
        .hasMessageContaining("sample --help");
  }

  @Test
  void saysWhichFileCannotBeRead() throws IOException {
    String[] bad = {"--config=" + file("endpoint=\\u12")};
    assertThatThrownBy(() -> ConfigFile.of(bad, Map.of()).requireReadable())
        .isInstanceOf(Failure.class)
        .hasMessageStartingWith("--config " + directory.resolve("tcpotel.properties"))
        .hasMessageContaining(": cannot be read: ");
  }
}
