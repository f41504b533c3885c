// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.PrometheusTest;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.testing.RealPrometheus;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.TestCgroup;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code run} in front of the real Prometheus. */
@KernelTest
@PrometheusTest
class PrometheusKernelTest {
  private static final String ATTEMPTS =
      "tcpotel_connection_attempts_total{tcpotel_connection_role=\"client\"}";
  private static final String REFUSED =
      "tcpotel_connection_attempts_total{error_type=\"connection_refused\"}";
  private static final String SEEN =
      "tcpotel_connection_seen_total{tcpotel_outcome=\"put\",tcpotel_record_type=\"failed\"}";
  private static final int BURST = 37;

  /** Both agents start, and the burst is over, within the first interval of each. */
  private static final int BURST_INTERVAL_MS = 6_000;

  private static final String SENT =
      "tcpotel_io_bytes_total{network_io_direction=\"transmit\",tcpotel_connection_role=\"client\"}";

  @TempDir Path folder;

  private final RunningPrograms programs = new RunningPrograms();

  @AfterEach
  void end() {
    programs.close();
  }

  /** A pod and its container, as the kubelet names their cgroups. */
  private final class Pod {
    private final String containerId;
    private final TestCgroup cgroup;
    private int connections;

    private Pod(String uid, String digit) {
      containerId = digit.repeat(64);
      String slice = "kubepods-burstable-pod" + uid.replace('-', '_') + ".slice";
      TestCgroup pod = programs.keep(programs.cgroup().child(slice));
      cgroup = programs.keep(pod.child("cri-containerd-" + containerId + ".scope"));
    }

    /** A socket belongs to the cgroup that the process is in when it makes it. */
    private void connect(int times) {
      cgroup.join();
      programs.namespace().call(new PacedLoad(times, 1));
      programs.cgroup().join();
      connections += times;
    }

    /** Of the resource in which this agent puts its metrics. */
    private String instance() {
      Map<String, Double> found = query("target_info{container_id=\"" + containerId + "\"}");
      assertThat(found).as("instances").hasSize(1);
      return found.keySet().iterator().next();
    }
  }

  private Map<String, Double> query(String query) {
    return programs.namespace().call(() -> RealPrometheus.query(query, "instance"));
  }

  /** By instance, up to the last sample of a counter. */
  private Map<String, Double> increase(String counter) {
    double last = query("max(timestamp(" + counter + "))").get("");
    return programs
        .namespace()
        .call(
            () ->
                RealPrometheus.query(
                    "sum by (instance) (increase(" + counter + "[1h]))", "instance", last));
  }

  private void awaitAttempts(Pod... pods) {
    for (Pod pod : pods) {
      Await.until(
          pod.connections + " attempts",
          () -> {
            Await.pause(250);
            return query("sum by (instance) (" + ATTEMPTS + ")")
                .containsValue((double) pod.connections);
          });
    }
  }

  private void startPrometheus(String... flags) {
    programs.keep(programs.namespace().call(() -> RealPrometheus.start(folder, flags)));
  }

  private Program startRun(Map<String, String> environment, String... options) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "run",
                "--scope=cgroup:" + programs.cgroup().path(),
                "--signals=metrics",
                "--endpoint=http://127.0.0.1:" + RealCollector.PORT));
    arguments.addAll(List.of(options));
    Program run =
        programs.start(environment, Program.commandLine(arguments.toArray(String[]::new)));
    run.awaitMessage("watching");
    return run;
  }

  /** An agent whose metrics have {@code instance}. */
  private Program startInstance(String instance, String... options) {
    Map<String, String> environment =
        Map.of(
            "OTEL_METRIC_EXPORT_INTERVAL",
            Integer.toString(BURST_INTERVAL_MS),
            "OTEL_RESOURCE_ATTRIBUTES",
            "service.instance.id=" + instance);
    return startRun(environment, options);
  }

  /** Two agents see the same burst, each before its first collection. */
  @Test
  void increaseSeesTheFirstBurstByThePointOfValueZero() {
    startPrometheus();
    Program with = startInstance("with", "--resource=agent");
    Program without = startInstance("without", "--resource=agent", "--zero-first=false");
    programs.refuse(BURST);
    Await.until(
        "two collections of each",
        () -> {
          Await.pause(250);
          Map<String, Double> samples =
              query("sum by (instance) (count_over_time(" + REFUSED + "[1h]))");
          return samples.getOrDefault("with", 0.0) >= 3
              && samples.getOrDefault("without", 0.0) >= 2;
        });
    assertThat(with.signal("TERM").await()).as(with.messages()).isZero();
    assertThat(without.signal("TERM").await()).as(without.messages()).isZero();

    assertThat(query(REFUSED))
        .containsOnly(entry("with", (double) BURST), entry("without", (double) BURST));
    assertThat(query("min by (instance) (min_over_time(" + REFUSED + "[1h]))"))
        .containsOnly(entry("with", 0.0), entry("without", (double) BURST));
    for (String counter : List.of(REFUSED, SEEN)) {
      assertThat(increaseOf(counter, "with")).as(counter).isCloseTo(BURST, within(1e-6));
      assertThat(increaseOf(counter, "without")).as(counter).isZero();
    }
  }

  private double increaseOf(String counter, String instance) {
    String selected = counter.replace("}", ",instance=\"" + instance + "\"}");
    return increase(selected).get(instance);
  }

  /** Their resources have no service.name: k8s_attributes would add the Deployment's. */
  @Test
  void podsOfOneDeploymentHaveTheirOwnSeries() throws Exception {
    Pod one = new Pod("11112222-3333-4444-5555-666677778888", "a");
    Pod other = new Pod("99992222-3333-4444-5555-666677778888", "b");
    startPrometheus(RealPrometheus.ZERO_INGESTION);
    Program run = startRun(Map.of("OTEL_METRIC_EXPORT_INTERVAL", "500"));
    one.connect(40);
    other.connect(70);
    awaitAttempts(one, other);
    other.connect(11);
    one.connect(30);
    awaitAttempts(one, other);
    assertThat(run.signal("TERM").await()).as(run.messages()).isZero();

    assertThat(one.instance()).isNotEqualTo(other.instance());
    for (Pod pod : List.of(one, other)) {
      assertThat(increase(ATTEMPTS).get(pod.instance()))
          .as("attempts")
          .isCloseTo(pod.connections, within(1e-6));
      assertThat(increase(SENT).get(pod.instance()))
          .as("bytes")
          .isCloseTo(100.0 * pod.connections, within(1e-6));
    }
  }
}
