// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A file of rules for Prometheus, or of unit tests of them. */
public record RuleFile(Path path, Map<?, ?> content) {
  public static final Path RULES = Path.of("../otel-config/prometheus");
  public static final Path MIGRATION = Path.of("../otel-config/migration");

  /** A recording rule or an alert. */
  public record Rule(String name, boolean isAlert, String query, Map<?, ?> annotations) {}

  public static RuleFile read(Path path) {
    try {
      Object content =
          new Load(LoadSettings.builder().build()).loadFromString(Files.readString(path));
      return new RuleFile(path, (Map<?, ?>) content);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Of these folders, those with this key at the top: groups or tests. */
  public static List<RuleFile> with(String key, Path... folders) {
    List<RuleFile> found = new ArrayList<>();
    for (Path folder : folders) {
      try (Stream<Path> files = Files.list(folder)) {
        files
            .filter(file -> file.toString().endsWith(".yaml"))
            .sorted()
            .map(RuleFile::read)
            .filter(file -> file.content.containsKey(key))
            .forEach(found::add);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    return found;
  }

  /** The maps of a list, at a key of a map. */
  public static List<Map<?, ?>> maps(Map<?, ?> of, String key) {
    List<Map<?, ?>> maps = new ArrayList<>();
    if (of.get(key) instanceof List<?> values) {
      values.forEach(value -> maps.add((Map<?, ?>) value));
    }
    return maps;
  }

  public List<Rule> rules() {
    return maps(content, "groups").stream()
        .flatMap(group -> maps(group, "rules").stream())
        .map(RuleFile::rule)
        .toList();
  }

  private static Rule rule(Map<?, ?> rule) {
    boolean isAlert = rule.containsKey("alert");
    String name = (String) rule.get(isAlert ? "alert" : "record");
    Object annotations = rule.get("annotations");
    return new Rule(
        name,
        isAlert,
        (String) rule.get("expr"),
        annotations == null ? Map.of() : (Map<?, ?>) annotations);
  }
}
