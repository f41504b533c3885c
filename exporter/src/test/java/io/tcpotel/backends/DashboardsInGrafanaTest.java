// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tcpotel.testing.BackendsTest;
import io.tcpotel.testing.GivenBackend;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Imports the dashboards where somebody has a Grafana; it upgrades what it does not take as is. */
@BackendsTest
class DashboardsInGrafanaTest {
  private static final List<String> FILES = List.of("fleet", "workload", "pair", "agent");

  @ParameterizedTest
  @EnumSource
  void eachIsImportedWithAllItsPanels(DashboardStore store) throws IOException {
    try (GrafanaFolder folder = new GrafanaFolder(GivenBackend.GRAFANA.address())) {
      for (String file : FILES) {
        String text =
            Files.readString(Path.of("../otel-config/grafana", store.folder, file + ".json"));
        JsonObject dashboard = JsonParser.parseString(text).getAsJsonObject();
        JsonObject imported = folder.importDashboard(text);
        assertThat(panels(imported)).as(store + " " + file).isEqualTo(panels(dashboard));
        assertThat(imported.getAsJsonObject("templating").getAsJsonArray("list"))
            .hasSameSizeAs(dashboard.getAsJsonObject("templating").getAsJsonArray("list"));
      }
    }
  }

  /** Type and title of each. */
  private static List<String> panels(JsonObject dashboard) {
    return StreamSupport.stream(dashboard.getAsJsonArray("panels").spliterator(), false)
        .map(JsonElement::getAsJsonObject)
        .map(panel -> panel.get("type") + " " + panel.get("title"))
        .toList();
  }
}
