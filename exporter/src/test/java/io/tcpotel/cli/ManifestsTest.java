// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Release;
import io.tcpotel.testing.ComposedCollector;
import io.tcpotel.testing.KubernetesObject;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;

/**
 * The manifests for Kubernetes fit this program and the Collector's configuration. {@code
 * ChartTest} compares them with the chart.
 */
class ManifestsTest {
  private static final Path HELM = Path.of("../otel-config/helm");
  private static final Map<String, Object> SECURITY_OF_AGENT =
      Map.of(
          "runAsUser",
          0,
          "runAsGroup",
          0,
          "privileged",
          false,
          "allowPrivilegeEscalation",
          false,
          "readOnlyRootFilesystem",
          true,
          "capabilities",
          Map.of("drop", List.of("ALL"), "add", List.of("BPF", "PERFMON", "NET_ADMIN")),
          "seccompProfile",
          Map.of("type", "RuntimeDefault"));

  static Stream<Path> manifests() throws IOException {
    try (Stream<Path> files = Files.list(HELM.resolve("manifests"))) {
      return files.filter(it -> !it.endsWith("namespace.yaml")).sorted().toList().stream();
    }
  }

  private static List<KubernetesObject> objects(String manifest) throws IOException {
    return KubernetesObject.of(Files.readString(HELM.resolve("manifests").resolve(manifest)));
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void argumentsAreThoseOfTheProgram(Path manifest) throws IOException {
    List<String> commands = new ArrayList<>();
    for (KubernetesObject object : KubernetesObject.of(Files.readString(manifest))) {
      for (KubernetesObject container : object.containers()) {
        if (container.get("image").toString().startsWith("localhost/tcpotel:")) {
          assertThat(container.get("image")).hasToString("localhost/tcpotel:" + Release.VERSION);
          List<String> arguments = container.get("args").strings();
          CommandLine.ParseResult parsed =
              Main.commands()
                  .setCaseInsensitiveEnumValuesAllowed(true)
                  .parseArgs(arguments.toArray(String[]::new));
          assertThat(parsed.subcommand().errors()).isEmpty();
          commands.add(arguments.get(0));
        }
      }
    }
    assertThat(commands).startsWith("run");
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void theAgentHasThreeCapabilitiesAndSeesNothingOfTheHostButItsCgroups(Path manifest)
      throws IOException {
    int agents = 0;
    for (KubernetesObject object : KubernetesObject.of(Files.readString(manifest))) {
      for (KubernetesObject container : object.containers()) {
        if (container.get("args", 0).toString().equals("run")) {
          agents++;
          assertThat(container.get("securityContext").content()).isEqualTo(SECURITY_OF_AGENT);
          assertThat(container.get("volumeMounts", "tcpotel-cgroup", "readOnly").content())
              .isEqualTo(true);
        }
      }
      KubernetesObject pod = object.podSpec();
      for (String shared : List.of("hostNetwork", "hostPID", "hostIPC")) {
        assertThat(pod.get(shared).content()).as(shared).isNull();
      }
      assertThat(
              pod.get("volumes").items().stream()
                  .filter(it -> it.get("hostPath").content() != null))
          .allSatisfy(it -> assertThat(it.get("hostPath", "path")).hasToString("/sys/fs/cgroup"));
    }
    assertThat(agents).isOne();
  }

  @Test
  void theConfigurationIsOfOptionsOfRun() throws IOException {
    KubernetesObject map = KubernetesObject.one(objects("agent.yaml"), "ConfigMap");
    Properties properties = new Properties();
    properties.load(new StringReader(map.get("data", "tcpotel.properties").toString()));
    assertThat(properties).containsExactly(Map.entry("endpoint", "http://collector:4317"));
    assertThat(Main.command("run").findOption("--endpoint")).isNotNull();
  }

  @Test
  void theAgentSendsToTheServiceOfTheCollector() throws IOException {
    List<KubernetesObject> objects = objects("agent-and-collector.yaml");
    KubernetesObject service = KubernetesObject.one(objects, "Service");
    String agent =
        objects.stream()
            .map(
                it ->
                    it.get("data").content() == null
                        ? ""
                        : it.get("data", "tcpotel.properties").toString())
            .filter(it -> it.contains("endpoint="))
            .findFirst()
            .orElseThrow();
    assertThat(agent.strip())
        .isEqualTo(
            "endpoint=http://%s.%s.svc:%s"
                .formatted(
                    service.get("metadata", "name"),
                    service.get("metadata", "namespace"),
                    service.get("spec", "ports", "otlp", "port")));
    KubernetesObject labels =
        KubernetesObject.one(objects, "Deployment").get("spec", "template", "metadata", "labels");
    Map<?, ?> selector = (Map<?, ?>) service.get("spec", "selector").content();
    assertThat(selector).isNotEmpty();
    selector.forEach(
        (name, value) ->
            assertThat(labels.get(name).content()).as(name.toString()).isEqualTo(value));
  }

  /** And in the order in which they compose. */
  @Test
  void theCollectorHasTheConfigurationOfThisRepository() throws IOException {
    List<KubernetesObject> objects = objects("agent-and-collector.yaml");
    KubernetesObject container =
        KubernetesObject.one(objects, "Deployment").podSpec().get("containers", "collector");
    List<String> files =
        container.get("args").strings().stream()
            .map(it -> it.replace("--config=/etc/collector/", ""))
            .toList();
    assertThat(files)
        .containsExactly(
            "receive.yaml", "to-victorialogs.yaml", "to-prometheus.yaml", "kubernetes.yaml");
    KubernetesObject map =
        objects.stream()
            .filter(it -> it.get("data", "receive.yaml").content() != null)
            .findFirst()
            .orElseThrow();
    StringBuilder all = new StringBuilder();
    for (String file : files) {
      String content = Files.readString(ComposedCollector.FOLDER.resolve(file));
      assertThat(map.get("data", file)).hasToString(content);
      all.append(content);
    }
    for (KubernetesObject variable : container.get("env").items()) {
      assertThat(all.toString()).contains("${env:" + variable.get("name") + ":-");
    }
  }

  /** What the first lines of kubernetes.yaml say that it needs. */
  @Test
  void theCollectorMayReadWhatItsProcessorWatchesAndNothingElse() throws IOException {
    KubernetesObject role =
        KubernetesObject.one(objects("agent-and-collector.yaml"), "ClusterRole");
    List<String> resources = new ArrayList<>();
    for (KubernetesObject rule : role.get("rules").items()) {
      assertThat(rule.get("verbs").strings()).containsExactly("get", "list", "watch");
      resources.addAll(rule.get("resources").strings());
    }
    assertThat(resources)
        .containsExactlyInAnyOrder(
            "pods",
            "namespaces",
            "nodes",
            "replicasets",
            "deployments",
            "daemonsets",
            "statefulsets",
            "jobs",
            "cronjobs");
  }

  @Test
  void theChartHasTheVersionOfTheProgram() throws IOException {
    KubernetesObject chart =
        KubernetesObject.of(Files.readString(HELM.resolve("tcpotel/Chart.yaml"))).get(0);
    assertThat(chart.get("version")).hasToString(Release.VERSION);
    assertThat(chart.get("appVersion")).hasToString(Release.VERSION);
  }
}
