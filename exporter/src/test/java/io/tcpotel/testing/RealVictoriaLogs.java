// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assertions;

/**
 * VictoriaLogs in a process of its own, born in the namespace and cgroup of the thread that starts
 * it; killed on close. Queries are to be made in the same namespace.
 */
public final class RealVictoriaLogs implements AutoCloseable {
  private final Program program;
  private final String url;

  private RealVictoriaLogs(Program program, String url) {
    this.program = program;
    this.url = url;
  }

  /** Returns once it takes logs, which it keeps in {@code folder}. */
  public static RealVictoriaLogs start(Path folder) {
    String path = System.getenv(BackendsRequirement.VICTORIALOGS);
    Assertions.assertNotNull(path, BackendsRequirement.VICTORIALOGS);
    String address = "127.0.0.1:" + FreePort.find();
    Program program =
        Program.start(
            Map.of(), List.of(path, "-storageDataPath=" + folder, "-httpListenAddr=" + address));
    try {
      program.awaitMessage("started VictoriaLogs");
      return new RealVictoriaLogs(program, "http://" + address);
    } catch (AssertionError e) {
      program.close();
      throw e;
    }
  }

  /** Of its HTTP interface. */
  public String url() {
    return url;
  }

  /** Where it takes OTLP/HTTP: the {@code logs_endpoint} of the Collector's otlp_http. */
  public String logsEndpoint() {
    return url + "/insert/opentelemetry/v1/logs";
  }

  /** The rows of a query in LogsQL, over all that it was sent before: names with their values. */
  public List<JsonObject> query(String query) {
    HttpGet.ok(url + "/internal/force_flush");
    return HttpGet.ok(url + "/select/logsql/query?query=" + HttpGet.encode(query))
        .lines()
        .map(line -> JsonParser.parseString(line).getAsJsonObject())
        .toList();
  }

  public String messages() {
    return program.messages();
  }

  @Override
  public void close() {
    program.close();
  }
}
