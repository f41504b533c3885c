// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.tcpotel.testing.Registry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * otel-config/registry is written from the tables that the program itself uses; with {@code
 * -Dgolden.update} it is written anew, and the test fails, so that nobody leaves that on.
 */
class RegistryTest {
  @TempDir private Path folder;

  private Map<String, String> files() {
    Map<String, String> files = new LinkedHashMap<>();
    files.put("attributes.yaml", RegistryYaml.attributes());
    files.put("metrics.yaml", RegistryYaml.metrics());
    Map<LogEvent, Set<String>> attributes = ContractLogs.attributes(folder);
    files.put("events.yaml", RegistryYaml.events(attributes));
    files.put("spans.yaml", RegistryYaml.spans(attributes.get(LogEvent.END)));
    return files;
  }

  @Test
  void theFilesSayWhatTheTablesSay() throws IOException {
    for (Map.Entry<String, String> file : files().entrySet()) {
      Path path = Registry.FOLDER.resolve(file.getKey());
      if (System.getProperty("golden.update") != null) {
        Files.writeString(path, file.getValue());
      }
      assertThat(Files.readString(path)).as(file.getKey()).isEqualTo(file.getValue());
    }
    if (System.getProperty("golden.update") != null) {
      fail("written anew: " + Registry.FOLDER);
    }
  }

  @Test
  void eachAttributeOfTheTableIsSentByAnEvent() {
    Set<String> sent =
        ContractLogs.attributes(folder).values().stream()
            .flatMap(Collection::stream)
            .collect(Collectors.toSet());
    assertThat(sent)
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(LogAttribute.values()).map(LogAttribute::key).toList());
  }

  @Test
  void eachOwnAttributeThatIsReferredToIsDefinedOnce() {
    Registry registry = Registry.read();
    assertThat(registry.defined()).doesNotHaveDuplicates();
    assertThat(registry.defined())
        .containsAll(
            registry.references().stream()
                .filter(key -> key.startsWith(RegistryYaml.OWN))
                .toList());
  }
}
