// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** The cluster of one node that runs, by kubectl and by the folder that its script `up` made. */
final class Cluster {
  private static final Path MANIFESTS = Path.of("src/test/resources/kubernetes");

  private Cluster() {}

  private static Path folder() {
    return Path.of(System.getenv("TCPOTEL_CLUSTER"));
  }

  static String kubectl(String... words) {
    List<String> command = new ArrayList<>(List.of("kubectl"));
    command.addAll(List.of(words));
    return TestCommand.run(command.toArray(String[]::new));
  }

  static JsonObject get(String... words) {
    List<String> command = new ArrayList<>(List.of("get", "-o", "json"));
    command.addAll(List.of(words));
    return JsonParser.parseString(kubectl(command.toArray(String[]::new))).getAsJsonObject();
  }

  static List<JsonObject> list(String... words) {
    return objects(get(words).get("items"));
  }

  static List<JsonObject> objects(JsonElement array) {
    return array == null
        ? List.of()
        : StreamSupport.stream(array.getAsJsonArray().spliterator(), false)
            .map(JsonElement::getAsJsonObject)
            .toList();
  }

  /** The text at the end of a path of names; empty if it is absent. */
  static String text(JsonObject object, String... path) {
    JsonElement at = object;
    for (String name : path) {
      at = at == null ? null : at.getAsJsonObject().get(name);
    }
    return at == null ? "" : at.getAsString();
  }

  /** Creates the objects of a manifest, with values for its {@code ${NAME}}s. */
  static void apply(String manifest, Map<String, String> values) {
    apply(manifest(manifest, values));
  }

  /** Creates these objects. */
  static void apply(String objects) {
    kubectl("apply", "-f", write(objects, folder().resolve("applied")).toString());
  }

  /** Hands a pod to the kubelet alone, as a file. */
  static Path runStaticPod(String manifest, Map<String, String> values) {
    Path file = folder().resolve("static").resolve(values.get("NAMESPACE") + "-" + manifest);
    return write(manifest(manifest, values), file);
  }

  /** The text of a manifest of the tests, with values for its {@code ${NAME}}s. */
  static String manifest(String manifest, Map<String, String> values) {
    try {
      String text = Files.readString(MANIFESTS.resolve(manifest));
      for (Map.Entry<String, String> value : values.entrySet()) {
        text = text.replace("${" + value.getKey() + "}", value.getValue());
      }
      return text;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path write(String text, Path file) {
    try {
      return Files.writeString(file, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void importImage(Path archive) {
    containerd("images", "import", archive.toString());
  }

  /** What {@code ctr} prints. */
  static String containerd(String... words) {
    List<String> command =
        new ArrayList<>(
            List.of("ctr", "-a", folder().resolve("containerd.sock").toString(), "-n", "k8s.io"));
    command.addAll(List.of(words));
    return TestCommand.run(command.toArray(String[]::new));
  }

  /** The root folder of the node, whose /run, /var/lib and /var/log are its own. */
  static Path rootOfNode() {
    try {
      return Path.of("/proc", Files.readString(folder().resolve("node")).strip(), "root");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Files, folders and cgroups in whose path one of these stands, where the node's programs write.
   */
  static List<String> pathsOfNode(List<String> parts) {
    List<String> command =
        new ArrayList<>(List.of("sh", "-c", "find \"$@\" 2>/dev/null || true", "find"));
    Stream.of("run", "var/lib", "var/log")
        .map(each -> rootOfNode().resolve(each).toString())
        .forEach(command::add);
    command.addAll(List.of(folder().toString(), "/sys/fs/cgroup", "(", "-false"));
    parts.forEach(part -> command.addAll(List.of("-o", "-path", "*" + part + "*")));
    command.addAll(List.of(")", "-prune", "-print"));
    return TestCommand.run(command.toArray(String[]::new)).lines().toList();
  }

  static JsonObject node() {
    return list("nodes").getFirst();
  }

  static String nodeName() {
    return text(node(), "metadata", "name");
  }

  /** An address of the host that pods reach. The node has a network namespace of its own. */
  static String hostAddress() {
    try {
      return Files.readString(folder().resolve("host-address")).strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The processes of a container, by the host's ids. */
  static List<Long> processes(String containerId) {
    try (Stream<Path> all = Files.list(Path.of("/proc"))) {
      return all.filter(path -> path.getFileName().toString().matches("[0-9]+"))
          .filter(path -> isIn(path, containerId))
          .map(path -> Long.valueOf(path.getFileName().toString()))
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static boolean isIn(Path process, String containerId) {
    try {
      return Files.readString(process.resolve("cgroup")).contains(containerId);
    } catch (IOException e) {
      return false; // it has ended
    }
  }
}
