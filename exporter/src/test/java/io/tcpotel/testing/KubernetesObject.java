// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** An object of a manifest, or a part of one. */
public record KubernetesObject(Object content) {
  /** Those of a file with several. */
  public static List<KubernetesObject> of(String manifest) {
    List<KubernetesObject> objects = new ArrayList<>();
    for (Object each : new Load(LoadSettings.builder().build()).loadAllFromString(manifest)) {
      if (each != null) {
        objects.add(new KubernetesObject(each));
      }
    }
    return objects;
  }

  public static KubernetesObject one(List<KubernetesObject> objects, String kind) {
    List<KubernetesObject> found =
        objects.stream().filter(it -> kind.equals(it.get("kind").content())).toList();
    if (found.size() != 1) {
      throw new AssertionError(found.size() + " of kind " + kind);
    }
    return found.get(0);
  }

  /** The part at a path of keys and, in lists, of names or indexes; its content is null if none. */
  public KubernetesObject get(Object... path) {
    Object at = content;
    for (Object key : path) {
      at =
          at instanceof List<?> list
              ? item(list, key)
              : at == null ? null : ((Map<?, ?>) at).get(key);
    }
    return new KubernetesObject(at);
  }

  private static Object item(List<?> list, Object key) {
    if (key instanceof Integer index) {
      return list.get(index);
    }
    return list.stream()
        .filter(it -> key.equals(((Map<?, ?>) it).get("name")))
        .findFirst()
        .orElse(null);
  }

  public List<KubernetesObject> items() {
    return content == null
        ? List.of()
        : ((List<?>) content).stream().map(KubernetesObject::new).toList();
  }

  public List<String> strings() {
    return items().stream().map(it -> it.content().toString()).toList();
  }

  /** Of a workload's template, or of a pod. */
  public KubernetesObject podSpec() {
    return "Pod".equals(get("kind").content()) ? get("spec") : get("spec", "template", "spec");
  }

  /** With sidecars; none if this has no pods. */
  public List<KubernetesObject> containers() {
    List<KubernetesObject> all = new ArrayList<>();
    if (podSpec().content() != null) {
      all.addAll(podSpec().get("initContainers").items());
      all.addAll(podSpec().get("containers").items());
    }
    return all;
  }

  @Override
  public String toString() {
    return String.valueOf(content);
  }
}
