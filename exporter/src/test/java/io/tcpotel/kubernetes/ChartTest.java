// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.KubernetesObject;
import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** The chart as Helm makes objects of it; needs no cluster. */
@Tag("kubernetes")
@Timeout(Await.TEST_SECONDS)
class ChartTest {
  private static final Path MANIFESTS = Path.of("../otel-config/helm/manifests");
  private static final String ENDPOINT = "--set=endpoint=http://otel.example:4317";

  static Stream<Path> valueSets() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("../otel-config/helm/values"))) {
      return files.sorted().toList().stream();
    }
  }

  /** With -Dgolden.update, writes them. */
  @ParameterizedTest
  @MethodSource("valueSets")
  void theManifestsAreThoseOfTheChart(Path values) throws IOException {
    String made = Helm.template("--values=" + values);
    Path manifest = MANIFESTS.resolve(values.getFileName());
    if (System.getProperty("golden.update") != null) {
      Files.writeString(manifest, made);
      fail("written: " + manifest);
    }
    assertThat(made).isEqualTo(Files.readString(manifest));
  }

  @ParameterizedTest
  @MethodSource("valueSets")
  void lintFindsNothing(Path values) {
    Program lint = Helm.run("lint", "--strict", Helm.CHART, "--values=" + values);
    assertThat(lint.await()).as(lint.output() + lint.messages()).isZero();
  }

  private static KubernetesObject one(String kind, String... arguments) {
    List<String> all = new ArrayList<>(List.of(arguments));
    all.add(ENDPOINT);
    return KubernetesObject.one(
        KubernetesObject.of(Helm.template(all.toArray(String[]::new))), kind);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "tolerations[0].key=gpu | spec/template/spec/tolerations/0/key | gpu",
        "priorityClassName=first | spec/template/spec/priorityClassName | first",
        "updateStrategy.rollingUpdate.maxUnavailable=7 | spec/updateStrategy/rollingUpdate/maxUnavailable | 7",
        "nodeSelector.pool=blue | spec/template/spec/nodeSelector/pool | blue",
        "imagePullSecrets[0]=pull | spec/template/spec/imagePullSecrets/0/name | pull",
        "podLabels.team=net | spec/template/metadata/labels/team | net",
        "podAnnotations.note=why | spec/template/metadata/annotations/note | why",
        "terminationGracePeriodSeconds=71 | spec/template/spec/terminationGracePeriodSeconds | 71",
        "olderConnections=true | spec/template/spec/containers/tcpotel/securityContext/capabilities/add/3 | SYS_ADMIN",
        "olderConnections=true | spec/template/spec/volumes/netns/hostPath/path | /run/netns",
        "olderConnections=true | spec/template/spec/containers/tcpotel/volumeMounts/netns/mountPath | /run/netns",
        "hostNetwork=true | spec/template/spec/hostNetwork | true",
        "hostNetwork=true | spec/template/spec/dnsPolicy | ClusterFirstWithHostNet",
        "cgroupRoot=/cg2 | spec/template/spec/volumes/tcpotel-cgroup/hostPath/path | /cg2",
        "spool=/var/lib/t | spec/template/spec/volumes/spool/hostPath/path | /var/lib/t",
        "health.port=9 | spec/template/spec/containers/tcpotel/ports/health/containerPort | 9",
        "health.port=9 | spec/template/spec/containers/tcpotel/args/3 | --health=0.0.0.0:9",
        "extraArgs[0]=--no-loopback | spec/template/spec/containers/tcpotel/args/4 | --no-loopback",
        "extraEnv[0].name=A | spec/template/spec/containers/tcpotel/env/4/name | A",
        "resources.limits.memory=300Mi | spec/template/spec/containers/tcpotel/resources/limits/memory | 300Mi",
        "image.tag=t | spec/template/spec/containers/tcpotel/image | localhost/tcpotel:t",
        "image.pullPolicy=Never | spec/template/spec/containers/tcpotel/imagePullPolicy | Never",
      })
  void aValueIsInItsFieldOfTheDaemonSet(String set, String path, String value) {
    Object[] keys =
        Stream.of(path.split("/"))
            .map(it -> it.matches("\\d+") ? Integer.valueOf(it) : it)
            .toArray();
    assertThat(one("DaemonSet", "--set=" + set).get(keys)).hasToString(value);
  }

  @Test
  void probesAreOfTheHealthOptionAndTheReadinessIsNoReasonToRestart() {
    KubernetesObject agent = one("DaemonSet").podSpec().get("containers", "tcpotel");
    assertThat(agent.get("livenessProbe", "httpGet").content())
        .isEqualTo(Map.of("path", "/livez", "port", "health"));
    assertThat(agent.get("readinessProbe", "httpGet").content())
        .isEqualTo(Map.of("path", "/readyz", "port", "health"));
    KubernetesObject sidecar =
        one("Pod", "--set=sidecar.example=true", "--set=sidecar.healthPort=77")
            .podSpec()
            .get("initContainers", "tcpotel");
    assertThat(sidecar.get("restartPolicy")).hasToString("Always");
    assertThat(sidecar.get("livenessProbe", "httpGet").content())
        .isEqualTo(Map.of("path", "/livez", "port", 77));
    assertThat(sidecar.get("readinessProbe").content()).isNull();
    assertThat(sidecar.get("startupProbe").content()).isNull();
    assertThat(sidecar.get("args").strings()).contains("--scope=pod", "--health=0.0.0.0:77");
    assertThat(
            one("Pod", "--set=sidecar.example=true", "--set=sidecar.first=true")
                .podSpec()
                .get("initContainers", "tcpotel", "startupProbe", "httpGet", "path"))
        .hasToString("/livez");
  }

  @Test
  void theDigestWinsOverTheTag() {
    String digest = "sha256:" + "0123456789abcdef".repeat(4);
    assertThat(
            one("DaemonSet", "--set=image.tag=t", "--set=image.digest=" + digest)
                .podSpec()
                .get("containers", "tcpotel", "image"))
        .hasToString("localhost/tcpotel@" + digest);
  }

  private static String checksum(String... arguments) {
    return one("DaemonSet", arguments)
        .get("spec", "template", "metadata", "annotations", "checksum/config")
        .toString();
  }

  @Test
  void anotherConfigurationReplacesThePodsAndTheSameDoesNot() {
    assertThat(checksum("--set=config.log-rate=7"))
        .isNotEqualTo(checksum("--set=config.log-rate=8"));
    assertThat(checksum("--set=podLabels.a=b")).isEqualTo(checksum());
  }

  @Test
  void theConfigurationKeepsNumbersAndBackslashes() {
    KubernetesObject map =
        one(
            "ConfigMap",
            "--set=config.log-rate=10000000",
            "--set-string=config.log-attributes=a\\\\b",
            "--set=spool=/s");
    assertThat(map.get("data", "tcpotel.properties"))
        .hasToString(
            """
            endpoint=http://otel.example:4317
            spool=/var/spool/tcpotel
            log-attributes=a\\\\b
            log-rate=10000000
            """);
  }

  @Test
  void tracesBehindTheCollectorHaveTheirPodsToo() {
    KubernetesObject deployment =
        one("Deployment", "--set=collector.enabled=true", "--set=collector.to={file}");
    assertThat(deployment.podSpec().get("containers", "collector", "args").strings())
        .containsExactly(
            "--config=/etc/collector/receive.yaml",
            "--config=/etc/collector/to-file.yaml",
            "--config=/etc/collector/kubernetes.yaml",
            "--config=/etc/collector/kubernetes-traces.yaml");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | set endpoint, or collector.enabled",
        "endpoint=otel:4317 | /endpoint",
        "endpoint=grpc://otel:4317 | /endpoint",
        "endpiont=http://a:1 | additional properties 'endpiont' not allowed",
        "image.tag=a b | /image/tag",
        "image.digest=sha256:12 | /image/digest",
        "image.pullPolicy=Sometimes | /image/pullPolicy",
        "cgroupRoot=sys | /cgroupRoot",
        "health.port=70000 | /health/port",
        "health.host=somewhere | /health/host",
        "config.endpoint=http://a:1 | /config",
        "config.Ring=1 | /config",
        "extraArgs[0]=run | /extraArgs/0",
        "resources.limits.memory=much | /resources/limits/memory",
        "updateStrategy.type=Recreate | /updateStrategy/type",
        "hostNetwork=perhaps | /hostNetwork",
        "collector.memoryMiB=64 | /collector/memoryMiB",
        "collector.env.a=1 | invalid propertyName 'a'",
        "collector.enabled=true | collector.to names no place for logs",
        "collector.enabled=true,collector.to={loki} | collector.to names no place for metrics",
        "collector.enabled=true,collector.to={elsewhere} | there is no to-elsewhere.yaml",
      })
  void aWrongValueIsRefusedWithItsName(String set, String message) {
    List<String> arguments = new ArrayList<>(List.of("tcpotel", Helm.CHART));
    if (!set.isEmpty()) {
      arguments.add("--set=" + set);
    }
    Program helm = Helm.run("template", arguments.toArray(String[]::new));
    assertThat(helm.await()).as(helm.output()).isOne();
    assertThat(helm.messages()).contains(message);
  }
}
