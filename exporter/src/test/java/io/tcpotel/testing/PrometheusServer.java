// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Assertions;

/**
 * Prometheus in a process of its own, born in the namespace and cgroup of the thread that starts
 * it; killed on close. It takes metrics by OTLP. Queries are to be made in the same namespace.
 */
public final class PrometheusServer implements AutoCloseable {
  private final Program program;
  private final String address;

  /** One series of an answer, with its value at one time. */
  public record Sample(Map<String, String> labels, double value) {
    /** Empty if it has none. */
    public String label(String name) {
      return labels.getOrDefault(name, "");
    }
  }

  private PrometheusServer(Program program, String address) {
    this.program = program;
    this.address = address;
  }

  /**
   * Returns once it takes metrics.
   *
   * @param listen host and port; port 0 is any that is free
   */
  public static PrometheusServer start(
      Path folder, String configuration, String listen, String... flags) throws IOException {
    String path = System.getenv(PrometheusRequirement.PROGRAM);
    Assertions.assertNotNull(path, PrometheusRequirement.PROGRAM);
    Path file = Files.writeString(folder.resolve("prometheus.yaml"), configuration);
    List<String> command = new ArrayList<>();
    command.add(path);
    command.add("--config.file=" + file);
    command.add("--storage.tsdb.path=" + folder.resolve("data"));
    command.add("--web.listen-address=" + listen);
    command.add("--web.enable-otlp-receiver");
    command.addAll(List.of(flags));
    Program program = Program.start(Map.of(), command);
    try {
      String address = program.awaitMessage("Listening on.* address=([\\d.:]+)").group(1);
      program.awaitMessage("Server is ready to receive web requests");
      return new PrometheusServer(program, address);
    } catch (AssertionError e) {
      program.close();
      throw e;
    }
  }

  /** Host and port where it listens. */
  public String address() {
    return address;
  }

  /** The answer to an instant query, as of now. */
  public List<Sample> query(String query) {
    return samples(address, "query=" + HttpGet.encode(query));
  }

  /** Likewise, as of that time. */
  public List<Sample> query(String query, double atSeconds) {
    return samples(address, "query=" + HttpGet.encode(query) + "&time=" + atSeconds);
  }

  static List<Sample> samples(String address, String parameters) {
    List<Sample> samples = new ArrayList<>();
    JsonObject data = get(address, "query?" + parameters).getAsJsonObject();
    for (JsonElement each : data.getAsJsonArray("result")) {
      Map<String, String> labels = new TreeMap<>();
      each.getAsJsonObject()
          .getAsJsonObject("metric")
          .entrySet()
          .forEach(label -> labels.put(label.getKey(), label.getValue().getAsString()));
      double value = each.getAsJsonObject().getAsJsonArray("value").get(1).getAsDouble();
      samples.add(new Sample(labels, value));
    }
    return samples;
  }

  /** What its API has under {@code resource}, as {@code rules} or {@code query_range?query=...}. */
  public JsonElement get(String resource) {
    return get(address, resource);
  }

  private static JsonElement get(String address, String resource) {
    String answer = HttpGet.ok("http://" + address + "/api/v1/" + resource);
    return JsonParser.parseString(answer).getAsJsonObject().get("data");
  }

  public String messages() {
    return program.messages();
  }

  @Override
  public void close() {
    program.close();
  }
}
