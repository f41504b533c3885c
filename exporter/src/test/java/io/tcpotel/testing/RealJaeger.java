// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;

/**
 * Jaeger in a process of its own with its traces in memory, born in the namespace and cgroup of the
 * thread that starts it; killed on close. Queries are to be made in the same namespace.
 */
public final class RealJaeger implements AutoCloseable {
  private static final String CONFIGURATION =
      """
      receivers:
        otlp: {protocols: {grpc: {endpoint: "%s"}}}
      exporters:
        jaeger_storage_exporter: {trace_storage: memory}
      extensions:
        jaeger_storage: {backends: {memory: {memory: {max_traces: 100000}}}}
        jaeger_query:
          storage: {traces: memory}
          http: {endpoint: "%s"}
          grpc: {endpoint: "%s"}
          enable_tracing: false
      service:
        extensions: [jaeger_storage, jaeger_query]
        telemetry: {metrics: {level: none}}
        pipelines:
          traces: {receivers: [otlp], exporters: [jaeger_storage_exporter]}
      """;

  private final Program program;
  private final String otlp;
  private final String url;

  private RealJaeger(Program program, String otlp, String url) {
    this.program = program;
    this.otlp = otlp;
    this.url = url;
  }

  /** Returns once it takes spans; its configuration is written to {@code folder}. */
  public static RealJaeger start(Path folder) throws IOException {
    String path = System.getenv(BackendsRequirement.JAEGER);
    Assertions.assertNotNull(path, BackendsRequirement.JAEGER);
    String otlp = address();
    String http = address();
    Path configuration =
        Files.writeString(
            folder.resolve("jaeger.yaml"), CONFIGURATION.formatted(otlp, http, address()));
    Program program = Program.start(Map.of(), List.of(path, "--config=" + configuration));
    try {
      program.awaitMessage("Everything is ready");
      return new RealJaeger(program, otlp, "http://" + http);
    } catch (AssertionError e) {
      program.close();
      throw e;
    }
  }

  private static String address() {
    return "127.0.0.1:" + FreePort.find();
  }

  /** Of its HTTP interface. */
  public String url() {
    return url;
  }

  /** HOST:PORT where it takes OTLP/gRPC. */
  public String otlpEndpoint() {
    return otlp;
  }

  /**
   * The {@code data} in the answer of its query API.
   *
   * @param path with the query, as {@code /api/traces?service=tcpotel&limit=3}
   */
  public JsonElement query(String path) {
    return JsonParser.parseString(HttpGet.ok(url + path)).getAsJsonObject().get("data");
  }

  public String messages() {
    return program.messages();
  }

  @Override
  public void close() {
    program.close();
  }
}
