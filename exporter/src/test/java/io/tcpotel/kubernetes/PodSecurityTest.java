// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a namespace that enforces a level of Pod Security answers: what docs/kubernetes.md says. */
@KubernetesTest
@Timeout(Await.TEST_SECONDS)
class PodSecurityTest {
  private static final String NAMESPACE = "guarded";

  /** Line breaks of the page, and what differs from pod to pod. */
  private static String normal(String text) {
    return text.replaceAll("\\s+", " ")
        .replaceAll("tcpotel-[a-z0-9]{5}\"", "tcpotel-...\"")
        .strip();
  }

  @Test
  void theDaemonSetIsTakenWithAWarningAndItsPodsAreRefusedInTheWordsOfThePage() throws IOException {
    String page = normal(Files.readString(Path.of("../docs/kubernetes.md")));
    Cluster.kubectl("create", "namespace", NAMESPACE);
    AgentRelease agent = new AgentRelease(NAMESPACE, "http://127.0.0.1:1", 1, 2);
    try {
      label("baseline");
      Program helm = agent.start("install");
      assertThat(helm.await()).as(helm.messages()).isZero();
      assertThat(helm.messages()).contains("Warning: would violate PodSecurity");
      Await.until("the refusal", () -> !agent.messages("FailedCreate").isEmpty());
      assertThat(page)
          .contains(
              "Warning FailedCreate daemonset/tcpotel "
                  + normal(agent.messages("FailedCreate").getFirst()));
      assertThat(agent.pods()).isEmpty();
      label("privileged");
      Await.until("a pod", () -> !agent.pods().isEmpty());
    } finally {
      agent.uninstall();
      Cluster.kubectl("delete", "namespace", NAMESPACE, "--wait=false");
    }
  }

  private static void label(String level) {
    Cluster.kubectl(
        "label",
        "--overwrite",
        "namespace",
        NAMESPACE,
        "pod-security.kubernetes.io/enforce=" + level);
  }
}
