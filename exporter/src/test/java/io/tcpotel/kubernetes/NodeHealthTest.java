// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.FreePort;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The probes of the chart, which the real kubelet makes. */
@KubernetesTest
@Timeout(Await.TEST_SECONDS)
class NodeHealthTest {
  private static final String NAMESPACE = "health";

  /** A minute otherwise. */
  private static final String QUICK_LIVENESS =
      """
      [{"op": "replace", "path": "/spec/template/spec/containers/0/livenessProbe/periodSeconds", "value": 2},
       {"op": "replace", "path": "/spec/template/spec/containers/0/livenessProbe/timeoutSeconds", "value": 1}]
      """;

  private final HttpClient client =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(10)).build();
  private final ClusterCollector collector;
  private final AgentRelease agent;

  NodeHealthTest(@TempDir Path folder) {
    collector = new ClusterCollector(folder.resolve("otlp.jsonl"));
    agent = new AgentRelease(NAMESPACE, collector.endpoint(), FreePort.find(), FreePort.find());
  }

  @BeforeEach
  void install() {
    Cluster.kubectl("create", "namespace", NAMESPACE);
    agent.install("--set=terminationGracePeriodSeconds=1");
    Await.until("the agent runs", () -> status().getAsJsonObject("state").has("running"));
  }

  @AfterEach
  void uninstall() {
    agent.uninstall();
    Cluster.kubectl("delete", "namespace", NAMESPACE, "--timeout=60s");
  }

  private JsonObject status() {
    return agent.containerStatus();
  }

  /** "CODE BODY", or why there is no answer. */
  private String get(String path) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(agent.health(path)))
              .timeout(Duration.ofSeconds(10))
              .build();
      HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() + " " + answer.body().strip();
    } catch (IOException | IllegalArgumentException e) {
      return e.toString(); // no address of the pod, or nobody listens there yet
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aPodWhoseCollectorIsAwayIsNotReadyAndSaysWhy() {
    String away =
        "503 collector %1$s: logs: nothing accepted yet: UNAVAILABLE .*; collector %1$s: metrics: nothing accepted yet: UNAVAILABLE .*"
            .formatted(collector.endpoint());
    Await.until("the collector is away", () -> get("/readyz").matches(away));
    assertThat(get("/livez")).isEqualTo("200 ok");
    Await.until(
        "the kubelet says so",
        () ->
            agent.messages("Unhealthy").stream()
                .anyMatch(
                    it ->
                        it.startsWith(
                            "Readiness probe failed: HTTP probe failed with statuscode: 503")));
    assertThat(condition()).isEqualTo("False ContainersNotReady");
    try (RealCollector running = collector.start()) {
      agent.awaitReady();
      assertThat(get("/readyz")).isEqualTo("200 ok");
      assertThat(running.stop()).isZero();
    }
    assertThat(Cluster.text(status(), "restartCount")).isEqualTo("0");
  }

  private String condition() {
    return Cluster.objects(agent.pod().getAsJsonObject("status").get("conditions")).stream()
        .filter(each -> Cluster.text(each, "type").equals("Ready"))
        .map(each -> Cluster.text(each, "status") + " " + Cluster.text(each, "reason"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void anAgentThatHangsIsStartedAgain() {
    try (RealCollector running = collector.start()) {
      Cluster.kubectl(
          "patch", "daemonset/tcpotel", "-n", NAMESPACE, "--type=json", "-p", QUICK_LIVENESS);
      agent.awaitRollout();
      long stopped = agent.process();
      assertThat(Cluster.text(status(), "restartCount")).isEqualTo("0");
      TestCommand.run("kill", "-STOP", Long.toString(stopped));
      Await.until("restart", () -> Cluster.text(status(), "restartCount").equals("1"));
      JsonObject ended = status().getAsJsonObject("lastState").getAsJsonObject("terminated");
      assertThat(Cluster.text(ended, "exitCode")).isEqualTo("137"); // of SIGKILL
      assertThat(agent.messages("Killing"))
          .anyMatch(
              it -> it.contains("Container tcpotel failed liveness probe, will be restarted"));
      agent.awaitReady();
      assertThat(agent.process()).isNotEqualTo(stopped);
      assertThat(get("/livez")).isEqualTo("200 ok");
      assertThat(Unattached.attachedPrograms()).isOne();
      assertThat(running.stop()).isZero();
    }
  }
}
