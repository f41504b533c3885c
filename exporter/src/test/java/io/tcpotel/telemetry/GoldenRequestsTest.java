// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParser;
import io.opentelemetry.exporter.otlp.metrics.OtlpGrpcMetricExporter;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Release;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.sink.JsonLines;
import io.tcpotel.sink.LineOutput;
import io.tcpotel.sink.RequestHandler;
import io.tcpotel.testing.ListenerImage;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Requests of each signal as OTLP/JSON; with {@code -Dgolden.update} they are written anew, and the
 * test fails, so that nobody leaves that on.
 */
class GoldenRequestsTest {
  private static final Path FOLDER = Path.of("src/test/resources/io/tcpotel/golden");
  private static final Gson PRETTY =
      new GsonBuilder().setPrettyPrinting().disableHtmlEscaping().create();

  @TempDir private Path folder;

  private static String json(Consumer<RequestHandler> request) {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    request.accept(new JsonLines(new LineOutput(line, () -> {})));
    String text = line.toString(StandardCharsets.UTF_8);
    return PRETTY
            .toJson(JsonParser.parseString(text))
            .replace('"' + Release.VERSION + '"', "\"VERSION\"")
        + "\n";
  }

  private Map<String, String> files() throws IOException {
    Map<String, String> files = new TreeMap<>();
    for (Map.Entry<String, RecordImage> image : ContractLogs.images().entrySet()) {
      files.put(
          "log-" + image.getKey(),
          json(to -> to.onLogs(ContractLogs.request(image.getValue(), folder))));
    }
    files.put("span-of-a-client", span(RecordImage.close()));
    files.put("span-of-a-server", span(RecordImage.close().inbound()));
    files.put("span-failed", span(RecordImage.failure()));
    files.put("metrics", metrics());
    return files;
  }

  private static String span(RecordImage image) {
    byte[] request =
        EncodedSpans.request(
            Resource.empty(), LogContent.DEFAULT, PeerNames.none(), List.of(image));
    return json(to -> to.onTraces(EncodedSpans.parse(request)));
  }

  /**
   * Of a client, a server, a listener, and connections that ended with an error: these have
   * exemplars.
   */
  private static String metrics() throws IOException {
    CollectedMetrics collected = new CollectedMetrics(false);
    ContractLogs.images().values().forEach(collected::record);
    collected.record(RecordImage.update().set(GoldenRequestsTest::waits));
    ListenerImage listener = new ListenerImage(1).queue(7, 128).drops(9, 4);
    collected.metrics.listeners().record(listener.view(), Workload.AGENT);
    LogEncoderOracleTest.CapturingSender sender = new LogEncoderOracleTest.CapturingSender();
    OtlpGrpcMetricExporter.builder()
        .setComponentLoader(new LogEncoderOracleTest.OneSender(sender))
        .build()
        .export(collected.metrics.produce(Resource.empty()));
    ExportMetricsServiceRequest request =
        ExportMetricsServiceRequest.parseFrom(sender.sent.toByteArray());
    return json(to -> to.onMetrics(request));
  }

  /** Stalled, and not accepted. */
  private static void waits(MemorySegment data) {
    int flags = ProbeAbi.TCP_PROBE_STALLED() | ProbeAbi.TCP_PROBE_NOT_ACCEPTED();
    tcp_probe_info.flags(data, (short) (tcp_probe_info.flags(data) | flags));
  }

  @Test
  void eachInstrumentIsInThem() throws IOException {
    assertThat(metrics())
        .contains(Arrays.stream(Instrument.values()).map(each -> '"' + each.key() + '"').toList());
  }

  @Test
  void theRequestsAreThoseOfTheFiles() throws IOException {
    boolean isUpdate = System.getProperty("golden.update") != null;
    for (Map.Entry<String, String> file : files().entrySet()) {
      Path path = FOLDER.resolve(file.getKey() + ".json");
      if (isUpdate) {
        Files.writeString(path, file.getValue());
      }
      assertThat(Files.readString(path)).as(file.getKey()).isEqualTo(file.getValue());
    }
    if (isUpdate) {
      fail("written anew: " + FOLDER);
    }
  }
}
