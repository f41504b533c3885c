// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.docs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tcpotel.testing.KubernetesObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * The table of docs/kubernetes.md has the chart's values, and the schema knows them; written with
 * -Dgolden.update.
 */
class ChartReferenceTest {
  private static final Path PAGE = Path.of("../docs/kubernetes.md");
  private static final Path CHART = Path.of("../otel-config/helm/tcpotel");
  private static final String HEAD =
      "## Values\n\nA test writes this table from the chart's `values.yaml`.\n\n"
          + "| value | default | meaning |\n|---|---|---|\n";
  private static final Pattern VALUE = Pattern.compile("( *)([A-Za-z]+):(?: (.*))?");

  private static String table() throws IOException {
    StringBuilder table = new StringBuilder(HEAD);
    List<String> path = new ArrayList<>();
    List<String> comment = new ArrayList<>();
    for (String line : Files.readAllLines(CHART.resolve("values.yaml"))) {
      Matcher value = VALUE.matcher(line);
      if (line.isBlank()) {
        comment.clear();
      } else if (line.strip().startsWith("#")) {
        comment.add(line.strip().substring(1).strip());
      } else if (value.matches()) {
        path.subList(value.group(1).length() / 2, path.size()).clear();
        path.add(value.group(2));
        String text = value.group(3);
        if (text != null || !comment.isEmpty()) {
          String fallback = text == null || text.equals("\"\"") ? "" : "`" + text + "`";
          table.append(
              "| `%s` | %s | %s |%n"
                  .formatted(String.join(".", path), fallback, String.join(" ", comment)));
        }
        comment.clear();
      } else {
        throw new AssertionError("neither a value on one line nor a comment: " + line);
      }
    }
    return table.toString();
  }

  @Test
  void thePageHasTheValues() throws IOException {
    String page = Files.readString(PAGE);
    int at = page.indexOf(HEAD.substring(0, HEAD.indexOf('\n')));
    String expected = page.substring(0, at < 0 ? page.length() : at) + table();
    if (System.getProperty("golden.update") != null) {
      Files.writeString(PAGE, expected);
      fail("written: " + PAGE);
    }
    assertThat(page).isEqualTo(expected);
  }

  @Test
  void theSchemaKnowsEachValueAndNoOther() throws IOException {
    JsonObject schema =
        JsonParser.parseString(Files.readString(CHART.resolve("values.schema.json")))
            .getAsJsonObject();
    KubernetesObject values =
        KubernetesObject.of(Files.readString(CHART.resolve("values.yaml"))).get(0);
    Set<String> known = keys(schema);
    known.remove("global"); // Helm's own
    assertThat(known).isEqualTo(new TreeSet<>(((Map<?, ?>) values.content()).keySet()));
    for (String part : List.of("health", "sidecar", "collector")) {
      assertThat(keys(schema.getAsJsonObject("properties").getAsJsonObject(part)))
          .as(part)
          .isEqualTo(new TreeSet<>(((Map<?, ?>) values.get(part).content()).keySet()));
    }
  }

  private static Set<String> keys(JsonObject schema) {
    assertThat(schema.get("additionalProperties").getAsBoolean()).isFalse();
    return new TreeSet<>(schema.getAsJsonObject("properties").keySet());
  }
}
