// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.NumberDataPoint;
import io.opentelemetry.proto.metrics.v1.ResourceMetrics;
import io.opentelemetry.proto.metrics.v1.ScopeMetrics;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.resource.v1.Resource;
import io.tcpotel.pipeline.Equation;
import io.tcpotel.telemetry.Instrument;
import io.tcpotel.telemetry.LogAttribute;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PagePartsTest {
  private static final PageStyle PLAIN = new PageStyle(80, false, false);
  private static final PageStyle UNICODE = new PageStyle(80, false, true);

  private static KeyValue string(LogAttribute attribute, String value) {
    return KeyValue.newBuilder()
        .setKey(attribute.key())
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  private static KeyValue number(LogAttribute attribute, long value) {
    return KeyValue.newBuilder()
        .setKey(attribute.key())
        .setValue(AnyValue.newBuilder().setIntValue(value))
        .build();
  }

  private static LogRecord refused(String local, String peer, String error) {
    return LogRecord.newBuilder()
        .setTimeUnixNano(3_200_000_000L)
        .addAttributes(string(LogAttribute.CONNECTION_ROLE, "client"))
        .addAttributes(string(LogAttribute.NETWORK_LOCAL_ADDRESS, local))
        .addAttributes(number(LogAttribute.NETWORK_LOCAL_PORT, 41528))
        .addAttributes(string(LogAttribute.NETWORK_PEER_ADDRESS, peer))
        .addAttributes(number(LogAttribute.NETWORK_PEER_PORT, 443))
        .addAttributes(string(LogAttribute.ERROR_TYPE, error))
        .build();
  }

  private static String line(String local, String peer, String error, PageStyle style) {
    return line(refused(local, peer, error), "", style);
  }

  private static String line(LogRecord record, String workload, PageStyle style) {
    String text = new ConnectionLine(record, workload, 1_000_000_000, style).text();
    assertThat(text).hasSizeLessThanOrEqualTo(style.columns());
    return text;
  }

  @Test
  void theLocalAddressGivesWayThenThePeersMiddle() {
    String numbers = "  2.2s client   0us    -    -     -  ";
    String v6 = "2a00:1450:4001:82f:1234:5678:9abc:def0";
    assertThat(line("10.0.0.7", "10.0.0.12", "", PLAIN))
        .isEqualTo(numbers + "10.0.0.7:41528 > 10.0.0.12:443");
    assertThat(line("10.0.0.7", "10.0.0.12", "timed_out", PLAIN))
        .isEqualTo(numbers + "10.0.0.7:41528 > 10.0.0.12:443 timed_out");
    assertThat(line("192.168.178.23", "10.0.0.12", "host_unreachable", PLAIN))
        .isEqualTo(numbers + ":41528 > 10.0.0.12:443 host_unreachable");
    assertThat(line("::1", "::1", "", PLAIN)).isEqualTo(numbers + ":41528 > [::1]:443");
    assertThat(line("fe80::1", v6, "", PLAIN))
        .isEqualTo(numbers + "[2a00:1450:4001:82f:1~4:5678:9abc:def0]:443");
    assertThat(line("fe80::1", v6, "address_not_available", UNICODE))
        .isEqualTo(numbers + "[2a00:1450…:def0]:443 address_not_available");
    assertThat(line("fe80::1", v6, "", new PageStyle(120, false, false)))
        .isEqualTo(numbers + "[fe80::1]:41528 > [" + v6 + "]:443");
  }

  @Test
  void aWorkloadComesBeforeTheLocalAddressAndTheClientsPort() {
    String client = "  2.2s client   0us    -    -     -  ";
    LogRecord near = refused("10.0.0.7", "10.0.0.9", "");
    assertThat(line(near, "ledger", PLAIN))
        .isEqualTo(client + "ledger 10.0.0.7:41528 > 10.0.0.9:443");
    LogRecord far = refused("192.168.178.23", "10.0.0.12", "");
    assertThat(line(far, "0123456789ab", PLAIN))
        .isEqualTo(client + "0123456789ab:41528 > 10.0.0.12:443");
    LogRecord lost = refused("10.0.0.7", "10.0.0.12", "host_unreachable");
    assertThat(line(lost, "backup", PLAIN))
        .isEqualTo(client + "backup > 10.0.0.12:443 host_unreachable");
    LogRecord longer = refused("fe80::1", "2a00:1450:4001:82f::9", "timed_out");
    assertThat(line(longer, "a-service-of-a-long-name", UNICODE))
        .isEqualTo(client + "a-servi…ong-name > [2a00:…:9]:443 timed_out");
    assertThat(line(longer, "ledger", new PageStyle(120, false, false)))
        .isEqualTo(client + "ledger [fe80::1]:41528 > [2a00:1450:4001:82f::9]:443 timed_out");
    LogRecord none = refused("fe80::1", "2a00:1450:4001:82f::9", "address_not_available");
    assertThat(line(none, "0123456789ab", PLAIN))
        .isEqualTo(client + "[2a00:1450~2f::9]:443 address_not_available");
  }

  @Test
  void aServersPortStaysAndItsClientsGoes() {
    LogRecord accepted =
        refused("192.168.178.23", "192.168.17.9", "").toBuilder()
            .setAttributes(0, string(LogAttribute.CONNECTION_ROLE, "server"))
            .addAttributes(string(LogAttribute.LIMITED_BY, "receiver"))
            .build();
    assertThat(line(accepted, "0123456789ab", PLAIN))
        .isEqualTo(
            "  2.2s server   0us    -    -     -  0123456789ab:41528 < 192.168.17.9 receiver");
  }

  private static Resource resource(String container, String service) {
    return Resource.newBuilder()
        .addAttributes(attribute("container.id", container))
        .addAttributes(attribute("service.name", service))
        .build();
  }

  private static KeyValue attribute(String key, String value) {
    return KeyValue.newBuilder()
        .setKey(key)
        .setValue(AnyValue.newBuilder().setStringValue(value))
        .build();
  }

  @Test
  void aWorkloadIsItsContainerOrItsService() {
    assertThat(ShownWorkload.of(resource("0123456789abcdef", "docker"))).isEqualTo("0123456789ab");
    assertThat(ShownWorkload.of(resource("web-1", ""))).isEqualTo("web-1");
    assertThat(ShownWorkload.of(resource("", "ledger"))).isEqualTo("ledger");
    assertThat(ShownWorkload.of(resource("", "host"))).isEmpty();
    assertThat(ShownWorkload.of(resource("", "tcpotel"))).isEmpty();
    assertThat(ShownWorkload.of(Resource.getDefaultInstance())).isEmpty();
  }

  private static ExportMetricsServiceRequest attempts(String container, long value) {
    NumberDataPoint point =
        NumberDataPoint.newBuilder()
            .addAttributes(attribute(ArrivedMetrics.ROLE, "client"))
            .setAsInt(value)
            .build();
    Metric metric =
        Metric.newBuilder()
            .setName(Instrument.CONNECTION_ATTEMPTS.key())
            .setSum(Sum.newBuilder().addDataPoints(point))
            .build();
    return ExportMetricsServiceRequest.newBuilder()
        .addResourceMetrics(
            ResourceMetrics.newBuilder()
                .setResource(resource(container, ""))
                .addScopeMetrics(ScopeMetrics.newBuilder().addMetrics(metric)))
        .build();
  }

  @Test
  void metricsOfAllResourcesAddUpAsTheyWereLast() {
    ArrivedMetrics metrics = new ArrivedMetrics();
    metrics.take(attempts("a", 3));
    metrics.take(attempts("b", 11));
    metrics.take(attempts("a", 7));
    assertThat(metrics.sums(Instrument.CONNECTION_ATTEMPTS, ArrivedMetrics.ERROR))
        .isEqualTo(Map.of("client", Map.of("", 18L)));
  }

  @Test
  void aNarrowTerminalGetsLinesOf80Columns() {
    assertThat(new PageStyle(20, false, false).columns()).isEqualTo(80);
    line("10.0.0.7", "255.255.255.255", "address_not_available", new PageStyle(20, false, false));
  }

  @Test
  void bucketsAreDrawnFromTheFirstToTheLastThatHoldsSomething() {
    DrawnHistogram histogram =
        new DrawnHistogram(List.of(0.001, 0.25, 30.0), new long[] {0, 1, 0, 1000}, 40_000);
    assertThat(histogram.lines("Duration", PLAIN))
        .containsExactly(
            "Duration: 1001, mean 40.0s",
            "  <= 250ms  # 1",
            "    <= 30s   0",
            "     > 30s  " + "#".repeat(59) + " 1000");
    assertThat(histogram.lines("Duration", UNICODE))
        .containsExactly(
            "Duration: 1001, mean 40.0s",
            "   ≤ 250ms  ▏ 1",
            "     ≤ 30s   0",
            "     > 30s  " + "█".repeat(59) + " 1000");
    assertThat(new DrawnHistogram(List.of(1.0), new long[2], 0).lines("RTT", PLAIN))
        .containsExactly("RTT: 0");
  }

  @Test
  void anEquationSaysWhetherItCloses() {
    assertThat(lines(ring(5).part("read", 5), 80))
        .containsExactly("  ring          put 5 = read 5");
    assertThat(lines(ring(5).part("read", 4), 80))
        .containsExactly("  ring          put 5 != read 4");
    assertThat(lines(ring(12).part("read", 4).part("lost", 8), 31))
        .containsExactly("  ring          put 12 = read 4", "                + lost 8");
  }

  private static Equation ring(long put) {
    return Equation.of("ring", "put", put);
  }

  private static List<String> lines(Equation equation, int columns) {
    return EquationText.lines(equation, columns);
  }

  @Test
  void aFloodOfOneKindLeavesRoomForOthers() {
    LineBudget budget = new LineBudget();
    for (int i = 0; i < 100; i++) {
      budget.admits("refused");
    }
    assertThat(budget.admits("closed")).isTrue();
    assertThat(budget.begin(0)).as("the same second").isZero();
    assertThat(budget.begin(1)).isEqualTo(88);
    assertThat(budget.admits("refused")).isTrue();
    assertThat(budget.end()).isZero();
  }
}
