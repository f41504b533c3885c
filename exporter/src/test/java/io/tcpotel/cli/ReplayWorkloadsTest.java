// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.resource.v1.Resource;
import io.tcpotel.demo.DemoPage;
import io.tcpotel.sink.OtlpReceiver;
import io.tcpotel.sink.RequestHandler;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.testing.RecordingBytes;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListSet;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The resources of connections that {@code replay} sends. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class ReplayWorkloadsTest {
  /** Of what has arrived: the first digits of containers, the names of services. */
  private static final class Arrived implements RequestHandler {
    private final Set<String> logs = new ConcurrentSkipListSet<>();
    private final Set<String> metrics = new ConcurrentSkipListSet<>();

    @Override
    public void onLogs(ExportLogsServiceRequest request) {
      request.getResourceLogsList().forEach(of -> logs.add(shown(of.getResource())));
    }

    @Override
    public void onMetrics(ExportMetricsServiceRequest request) {
      request.getResourceMetricsList().forEach(of -> metrics.add(shown(of.getResource())));
    }

    @Override
    public void onTraces(ExportTraceServiceRequest request) {
      throw new AssertionError("traces are off");
    }

    private static String shown(Resource resource) {
      String container = value(resource, "container.id");
      return container.isEmpty() ? value(resource, "service.name") : container.substring(0, 4);
    }

    private static String value(Resource resource, String key) {
      return resource.getAttributesList().stream()
          .filter(attribute -> attribute.getKey().equals(key))
          .map(KeyValue::getValue)
          .map(value -> value.getStringValue())
          .findFirst()
          .orElse("");
    }
  }

  @TempDir private Path folder;

  private Arrived replayed(Path file, String... options) throws IOException {
    Arrived arrived = new Arrived();
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    try (OtlpReceiver receiver =
        OtlpReceiver.start(any, OtlpReceiver.DEFAULT_MAX_MESSAGE_BYTES, arrived)) {
      List<String> line = Program.commandLine("replay", file.toString(), "--speed=max");
      line.addAll(List.of("--endpoint", "http://127.0.0.1:" + receiver.port()));
      line.addAll(List.of(options));
      try (Program program = Program.start(Map.of(), line)) {
        assertThat(program.await()).as(program.messages()).isZero();
      }
    }
    return arrived;
  }

  /** The one in the jar, which has two containers, two services and processes in neither. */
  private Path recordingOfWorkloads() throws IOException {
    try (InputStream in = DemoPage.class.getResourceAsStream("recorded.tcpotel")) {
      return Files.write(folder.resolve("workloads"), in.readAllBytes());
    }
  }

  @Test
  void areThoseOfTheRecordedWorkloads() throws IOException {
    Arrived arrived = replayed(recordingOfWorkloads());
    assertThat(arrived.logs).containsExactly("3f9c", "a71e", "backup", "host", "postgresql");
    assertThat(arrived.metrics)
        .containsExactly("3f9c", "a71e", "backup", "host", "postgresql", "tcpotel");
  }

  @Test
  void areTheAgentsIfThatIsWanted() throws IOException {
    Arrived arrived = replayed(recordingOfWorkloads(), "--resource=agent");
    assertThat(arrived.logs).containsExactly("tcpotel");
    assertThat(arrived.metrics).containsExactly("tcpotel");
  }

  @Test
  void areTheAgentsWhereTheRecordingHasNoPaths() throws IOException {
    Path file = folder.resolve("older");
    Files.write(file, RecordingBytes.of(List.of(RecordImage.open(), RecordImage.close())));
    assertThat(replayed(file).logs).containsExactly("tcpotel");
  }
}
