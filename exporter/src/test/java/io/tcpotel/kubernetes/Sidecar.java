// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import com.google.gson.Gson;
import com.google.gson.JsonObject;
import io.tcpotel.testing.KubernetesObject;
import java.util.List;
import java.util.stream.Stream;

/** The chart's native sidecar, for the pods of any workload. */
record Sidecar(JsonObject example) {
  static Sidecar of(List<String> settings) {
    String pod =
        Helm.template(
            Stream.concat(
                    Stream.of(
                        "--show-only=templates/sidecar-example.yaml", "--set=sidecar.example=true"),
                    settings.stream())
                .toArray(String[]::new));
    return new Sidecar(json(pod).getAsJsonObject("spec"));
  }

  private static JsonObject json(String manifest) {
    return new Gson()
        .toJsonTree(KubernetesObject.of(manifest).getFirst().content())
        .getAsJsonObject();
  }

  /** As the notes of the chart tell: the container and the volume of its example. */
  String addTo(String workload) {
    JsonObject object = json(workload);
    JsonObject pod =
        object.getAsJsonObject("spec").getAsJsonObject("template").getAsJsonObject("spec");
    pod.add("initContainers", example.get("initContainers"));
    pod.getAsJsonArray("volumes").addAll(example.getAsJsonArray("volumes"));
    return object.toString();
  }
}
