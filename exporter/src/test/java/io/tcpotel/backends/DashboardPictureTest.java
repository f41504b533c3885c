// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.backends;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The dashboard of the fleet drawn of its data; with {@code -Dpicture=FILE}, and chromium, as a
 * picture too.
 */
@FleetTest
class DashboardPictureTest {
  @TempDir private Path folder;

  private static boolean has(String program) {
    return Objects.requireNonNullElse(System.getenv("PATH"), "")
        .lines()
        .flatMap(path -> java.util.Arrays.stream(path.split(":")))
        .anyMatch(each -> Files.isExecutable(Path.of(each, program)));
  }

  @Test
  void eachPanelOfMetricsIsDrawn(Fleet fleet) throws IOException {
    Assumptions.assumeTrue(has("node"), "without node nothing is drawn");
    Path dashboard = DashboardsReferenceTest.FOLDER.resolve("victorialogs/fleet.json");
    String page =
        TestCommand.run(
            "node",
            DashboardsReferenceTest.FOLDER.resolve("draw.mjs").toString(),
            dashboard.toString(),
            "http://" + fleet.prometheus().address(),
            Long.toString(fleet.began().getEpochSecond()),
            Double.toString(fleet.endSeconds()));
    long drawn = page.split("<section", -1).length - 1;
    assertThat(drawn)
        .isEqualTo(
            FleetDashboard.TABLE
                .panels()
                .filter(panel -> panel.has(PanelQuery.Language.PROMQL))
                .count());
    assertThat(page).contains(">connection_refused<").doesNotContain("NaN");
    Path html = Files.writeString(folder.resolve("fleet.html"), page);
    String picture = System.getProperty("picture");
    if (picture != null) {
      Files.copy(
          html, Path.of(picture + ".html"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      TestCommand.run(
          "chromium",
          "--headless",
          "--no-sandbox",
          "--hide-scrollbars",
          "--window-size=1400,1440",
          "--screenshot=" + picture,
          html.toUri().toString());
    }
  }
}
