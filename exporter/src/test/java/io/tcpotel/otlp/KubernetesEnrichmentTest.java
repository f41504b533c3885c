// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.CollectorTest;
import io.tcpotel.testing.ComposedCollector;
import io.tcpotel.testing.KubernetesApi;
import io.tcpotel.testing.RealCollector;
import io.tcpotel.workload.WorkloadTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The resources of pods behind {@code kubernetes.yaml}, with an API server that knows the pods. */
@CollectorTest
@Timeout(Await.TEST_SECONDS)
class KubernetesEnrichmentTest {
  private static final String UID = "3f6a1c2e-9b07-4d58-8e21-6c0d5f4b7a39";
  private static final String CONTAINER = "0123456789abcdef".repeat(4);
  private static final String STATIC_UID = "99992222-3333-4444-5555-666677778888";
  private static final String STATIC_CONTAINER = "fedcba9876543210".repeat(4);
  private static final String STATIC_HASH = "5d41402abc4b2a76b9719d911017c592";

  private static final String POD =
      """
      {"apiVersion": "v1", "kind": "Pod",
       "metadata": {"name": "%s", "namespace": "%s", "uid": "%s", "resourceVersion": "5",
         "labels": {"pod-template-hash": "7d9c"}, "ownerReferences": [%s]},
       "spec": {"nodeName": "node-7", "containers": [{"name": "%s", "image": "%s"}]},
       "status": {"phase": "Running", "podIP": "10.4.0.9", "containerStatuses":
         [{"name": "%s", "image": "%s", "restartCount": 0, "containerID": "containerd://%s"}]}}
      """;
  private static final String OWNER =
      """
      {"apiVersion": "apps/v1", "kind": "%s", "name": "%s", "uid": "u-%s", "controller": true}
      """;
  @TempDir Path folder;

  private static String owner(String kind, String name) {
    return OWNER.formatted(kind, name, name);
  }

  private static String pod(
      String name, String namespace, String uid, String owner, String container, String id) {
    String image = "registry.example/" + container + ":2.7";
    return POD.formatted(name, namespace, uid, owner, container, image, container, image, id);
  }

  /** What this program sends for a process in a cgroup, in one log record. */
  private static ResourceLogs.Builder of(String cgroup) {
    ResourceLogs.Builder logs = ResourceLogs.newBuilder();
    new WorkloadResources(AgentResource.of(Map.of(), "a"), Map.of())
        .of(new WorkloadTable(id -> cgroup, id -> false, 10).of(1))
        .getAttributes()
        .forEach(
            (key, value) ->
                logs.getResourceBuilder()
                    .addAttributes(
                        KeyValue.newBuilder()
                            .setKey(key.getKey())
                            .setValue(AnyValue.newBuilder().setStringValue(value.toString()))));
    return logs.addScopeLogs(
        ScopeLogs.newBuilder().addLogRecords(LogRecord.newBuilder().setTimeUnixNano(7)));
  }

  private static void send(String address, ResourceLogs.Builder... logs) {
    ExportLogsServiceRequest.Builder request = ExportLogsServiceRequest.newBuilder();
    for (ResourceLogs.Builder each : logs) {
      request.addResourceLogs(each);
    }
    ManagedChannel channel = NettyChannelBuilder.forTarget(address).usePlaintext().build();
    try {
      LogsServiceGrpc.newBlockingStub(channel).export(request.build());
    } finally {
      channel.shutdownNow();
    }
  }

  /** The attributes of the resource that has this container. */
  private static Map<String, String> resource(Path file, String container) throws IOException {
    for (String line : Files.readAllLines(file)) {
      for (JsonElement logs :
          JsonParser.parseString(line).getAsJsonObject().getAsJsonArray("resourceLogs")) {
        Map<String, String> attributes = new TreeMap<>();
        JsonObject resource = logs.getAsJsonObject().getAsJsonObject("resource");
        for (JsonElement each : resource.getAsJsonArray("attributes")) {
          JsonObject value = each.getAsJsonObject().getAsJsonObject("value");
          attributes.put(
              each.getAsJsonObject().get("key").getAsString(),
              value.has("stringValue") ? value.get("stringValue").getAsString() : "");
        }
        if (container.equals(attributes.get("container.id"))) {
          return attributes;
        }
      }
    }
    throw new AssertionError("no resource of " + container);
  }

  @Test
  void podsHaveTheirNamesAndThoseOfWhatTheyBelongTo() throws IOException {
    Path file = folder.resolve("out.jsonl");
    String pods =
        pod("shop-7d9c-x2x", "prod", UID, owner("ReplicaSet", "shop-7d9c"), "web", CONTAINER)
            + ","
            + pod(
                "proxy-node-7",
                "kube-system",
                STATIC_UID,
                owner("Node", "node-7"),
                "proxy",
                STATIC_CONTAINER);
    try (KubernetesApi api = KubernetesApi.start(Map.of("pods", pods))) {
      ComposedCollector setup =
          new ComposedCollector("to-file.yaml", "kubernetes.yaml", "kubernetes-traces.yaml")
              .with("COLLECTOR_FILE", file.toString())
              .with("KUBERNETES_AUTH", "kubeConfig")
              .with("KUBECONFIG", api.configuration(folder).toString());
      try (RealCollector collector = setup.start()) {
        send(
            setup.address(),
            of(cgroup("burstable", UID.replace('-', '_'), CONTAINER)),
            of(cgroup("burstable", STATIC_HASH, STATIC_CONTAINER)));
        assertThat(collector.stop()).as(collector.messages()).isZero();
      }
    }
    assertThat(resource(file, CONTAINER))
        .containsEntry("k8s.pod.uid", UID)
        .containsEntry("k8s.pod.name", "shop-7d9c-x2x")
        .containsEntry("k8s.namespace.name", "prod")
        .containsEntry("k8s.deployment.name", "shop")
        .containsEntry("k8s.node.name", "node-7")
        .containsEntry("k8s.container.name", "web")
        .containsEntry("container.image.name", "registry.example/web")
        .containsEntry("service.name", "shop");
    assertThat(resource(file, STATIC_CONTAINER))
        .containsEntry("k8s.pod.uid", STATIC_UID)
        .containsEntry("k8s.pod.name", "proxy-node-7")
        .containsEntry("k8s.namespace.name", "kube-system")
        .containsEntry("k8s.container.name", "proxy");
  }

  private static String cgroup(String quality, String uid, String container) {
    String slice = "kubepods-" + quality;
    return "/kubepods.slice/%s.slice/%s-pod%s.slice/cri-containerd-%s.scope"
        .formatted(slice, slice, uid, container);
  }
}
