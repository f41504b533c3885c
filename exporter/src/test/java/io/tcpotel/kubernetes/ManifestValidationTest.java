// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.KubernetesObject;
import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a real API server says of the manifests, and of all objects that the chart can make. */
@KubernetesTest
@Timeout(Await.TEST_SECONDS)
class ManifestValidationTest {
  private static final Path MANIFESTS = Path.of("../otel-config/helm/manifests");
  private static final Path NAMESPACE = MANIFESTS.resolve("namespace.yaml");
  private static final String EVERY_VALUE = "src/test/resources/kubernetes/every-value.yaml";

  @TempDir Path folder;

  @BeforeAll
  static void createNamespace() {
    Cluster.kubectl("apply", "-f", NAMESPACE.toString());
  }

  @AfterAll
  static void deleteNamespace() {
    Cluster.kubectl("delete", "-f", NAMESPACE.toString(), "--wait=false");
  }

  static Stream<Path> manifests() throws IOException {
    try (Stream<Path> files = Files.list(MANIFESTS)) {
      return files.sorted().toList().stream();
    }
  }

  private static Program validate(Path manifest) {
    Program kubectl =
        Program.start(
            Map.of(),
            List.of(
                "kubectl",
                "apply",
                "--dry-run=server",
                "--validate=strict",
                "-f",
                manifest.toString()));
    kubectl.await();
    return kubectl;
  }

  private Path write(String objects) throws IOException {
    return Files.writeString(folder.resolve("objects.yaml"), objects);
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void theApiServerTakesTheManifest(Path manifest) {
    Program kubectl = validate(manifest);
    assertThat(kubectl.await()).as(kubectl.messages()).isZero();
    assertThat(kubectl.messages()).isEmpty(); // no warning
    assertThat(kubectl.outputLines()).isNotEmpty().allMatch(it -> it.contains("server dry run"));
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void aMisspeltFieldIsRefused(Path manifest) throws IOException {
    String misspelt =
        Files.readString(manifest).replaceFirst("(?m)^  name: ", "  nmae: x\n  name: ");
    Program kubectl = validate(write(misspelt));
    assertThat(kubectl.await()).isOne();
    assertThat(kubectl.messages()).contains("unknown field \"metadata.nmae\"");
  }

  /** With the doctor, which is a hook. */
  @ParameterizedTest
  @MethodSource("sets")
  void theApiServerTakesWhatTheChartMakes(String set) throws IOException {
    String objects =
        Helm.output(
            "template",
            "tcpotel",
            Helm.CHART,
            "--namespace=tcpotel",
            "--kube-version=1.36.0",
            "--values=" + EVERY_VALUE,
            "--set=" + set);
    Program kubectl = validate(write(objects));
    assertThat(kubectl.await()).as(kubectl.messages()).isZero();
    assertThat(kubectl.messages()).isEmpty();
  }

  static Stream<String> sets() {
    return Stream.of(
        "sidecar.example=false",
        "sidecar.example=true",
        "hostNetwork=true",
        "updateStrategy.type=OnDelete,updateStrategy.rollingUpdate=null");
  }

  /** So that the above leaves no field out. */
  @Test
  void everyValueOfTheChartIsSet() throws IOException {
    Set<String> set = keys(Path.of(EVERY_VALUE));
    assertThat(set).containsAll(keys(Path.of(Helm.CHART, "values.yaml")));
  }

  private static Set<String> keys(Path values) throws IOException {
    Set<String> keys = new TreeSet<>();
    addKeys(keys, "", KubernetesObject.of(Files.readString(values)).getFirst().content());
    return keys;
  }

  private static void addKeys(Set<String> keys, String prefix, Object value) {
    if (value instanceof Map<?, ?> map) {
      map.forEach(
          (key, below) -> {
            keys.add(prefix + key);
            addKeys(keys, prefix + key + ".", below);
          });
    }
  }
}
