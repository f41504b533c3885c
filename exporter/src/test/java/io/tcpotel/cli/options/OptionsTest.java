// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.bpf.ConnectionFilter;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.otlp.RecordDelivery;
import io.tcpotel.record.AddressUse;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.PairKey;
import io.tcpotel.telemetry.LogAttribute;
import io.tcpotel.telemetry.LogBody;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.PrefixLengths;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.thinning.KeepConditions;
import io.tcpotel.thinning.Thinning;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Each option arrives in its own setting, from the command line, the environment and the file. */
class OptionsTest {
  private static final String KEY = "00112233445566778899AAbbccddeeff";
  private static final byte[] KEY_BYTES = HexFormat.of().parseHex(KEY);

  @TempDir private Path folder;

  private final Map<String, String> options = new LinkedHashMap<>();

  @Command(name = "sample")
  private static final class Sample {
    @Mixin private ProbeOptions probe;
    @Mixin private ExportOptions export;
    @Mixin private ReportInterval reportInterval;
    @Mixin private ResourceOption resource;
  }

  @BeforeEach
  void giveEachOptionAValueOfItsOwn() throws IOException {
    Files.createFile(folder.resolve("cgroup.controllers"));
    options.put("scope", "pod");
    options.put("cgroup-root", folder.toString());
    options.put("filter-port", "443,!22");
    options.put("no-loopback", "true");
    options.put("ring-size", "8KiB");
    options.put("own-connections", "true");
    options.put("for", "7m");
    options.put("endpoint", "collector:9");
    options.put("queue-bytes", "3MiB");
    options.put("request-bytes", "2MiB");
    options.put("retry-for", "11m");
    options.put("spool", "/spool");
    options.put("spool-bytes", "5MiB");
    options.put("signals", "metrics");
    options.put("log-events", "start,update");
    options.put("addresses", "masked");
    options.put("log-body", "kmesh");
    options.put("log-attributes", "+tcpotel.lost,-tcpotel.mss");
    options.put("metrics-by", "address-prefix:/20,/52");
    options.put("log-keep", "failed,slower=1s,larger=1MiB,retransmits=0.02,idle=10m");
    options.put("log-one-in", "12.5");
    options.put("log-rate", "750");
    Path names = Files.writeString(folder.resolve("names"), "10.9.0.0/16 payments");
    options.put("server-ports", "50051,8443");
    options.put("names", names.toString());
    Path key = folder.resolve("key");
    options.put("pair-ids", "off");
    options.put("pair-key-file", Files.writeString(key, KEY + "\n").toString());
    options.put("report-interval", "13s");
    options.put("resource", "agent");
  }

  private static long firstTraceId(PairKey key) {
    return RecordImage.close().view().pairIds(key).traceIdLow();
  }

  private Sample parse(String source) throws IOException {
    Map<String, String> environment = new HashMap<>();
    String[] arguments =
        switch (source) {
          case "command line" ->
              options.entrySet().stream()
                  .map(option -> "--" + option.getKey() + "=" + option.getValue())
                  .toArray(String[]::new);
          case "environment" -> {
            options.forEach(
                (name, value) ->
                    environment.put(
                        "TCPOTEL_" + name.replace('-', '_').toUpperCase(Locale.ROOT), value));
            yield new String[0];
          }
          case "file" -> {
            List<String> lines =
                options.entrySet().stream().map(it -> it.getKey() + "=" + it.getValue()).toList();
            yield new String[] {"--config", Files.write(folder.resolve("p"), lines).toString()};
          }
          default -> new String[0];
        };
    Sample sample = new Sample();
    CommandLine line = new CommandLine(sample);
    line.setDefaultValueProvider(ConfigFile.of(arguments, environment));
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.parseArgs(arguments);
    return sample;
  }

  @ParameterizedTest
  @ValueSource(strings = {"command line", "environment", "file"})
  void eachOptionArrivesInItsOwnSetting(String source) throws IOException {
    Sample sample = parse(source);

    assertThat(sample.resource.isAgent()).isTrue();
    assertThat(sample.probe.cgroup()).isEqualTo(folder);
    assertThat(sample.probe.limit()).isEqualTo(Duration.ofMinutes(7));
    assertThat(sample.probe.settings().ringBytes()).isEqualTo(8192);
    assertThat(sample.probe.settings().ownConnections()).isTrue();
    assertThat(sample.probe.settings().filter())
        .isEqualTo(
            new ConnectionFilter(
                true, true, Map.of(), Map.of(), Map.of(), Map.of(443, true, 22, false)));
    assertThat(sample.export.otel())
        .isEqualTo(
            Map.of(
                "otel.exporter.otlp.endpoint", "http://collector:9",
                "otel.exporter.otlp.logs.endpoint", "http://collector:9",
                "otel.exporter.otlp.metrics.endpoint", "http://collector:9"));
    assertThat(sample.export.hasUpdates()).isTrue();
    assertThat(sample.export.metricKeys())
        .isEqualTo(MetricKeys.of(new PrefixLengths(20, 52)).withServerPorts(Set.of(50_051, 8_443)));
    assertThat(sample.export.files())
        .containsExactly(folder.resolve("key"), folder.resolve("names"));
    ConnectionRecord toPayments = new ConnectionRecord().copyFrom(RecordImage.close().data(), 0);
    assertThat(sample.export.peerNames().of(toPayments).name()).isEqualTo("payments");
    assertThat(sample.export.logKinds()).isEqualTo(Set.of(RecordKind.OPEN, RecordKind.UPDATE));
    assertThat(sample.reportInterval.reports(true))
        .isEqualTo(new LiveReports(13_000_000_000L, true));
    LogContent content = sample.export.logContent();
    assertThat(content.ids().kinds()).isEmpty();
    assertThat(firstTraceId(content.ids().key())).isEqualTo(firstTraceId(PairKey.own(KEY_BYTES)));
    CollectorExport.Settings settings =
        sample.export.settings(
            Map.of("otel.a", "1"), Map.of("otel.b", "2"), "some sockets", content);
    assertThat(settings.content()).isSameAs(content);
    assertThat(settings.source()).isEqualTo("some sockets");
    assertThat(settings.otel()).isEqualTo(Map.of("otel.a", "1"));
    assertThat(settings.otelFile()).isEqualTo(Map.of("otel.b", "2"));
    assertThat(settings.signals()).isEqualTo(Set.of(Signal.METRICS));
    assertThat(settings.bounds())
        .isEqualTo(
            new RecordDelivery.Bounds(
                3 << 20, 2 << 20, Duration.ofMinutes(11), Path.of("/spool"), 5 << 20));
    assertThat(settings.cardinalityLimit()).isEqualTo(2000);
  }

  @Test
  void logRecordsHaveWhatTheOptionsSay() throws IOException {
    LogContent content = parse("file").export.logContent();
    assertThat(content.attributes())
        .contains(LogAttribute.LOST, LogAttribute.PROCESS_PID)
        .doesNotContain(LogAttribute.MSS, LogAttribute.UNREAD_BYTES)
        .contains(LogAttribute.NETWORK_PEER_ADDRESS, LogAttribute.NETWORK_LOCAL_ADDRESS);
    assertThat(content.addresses()).isEqualTo(AddressUse.MASKED);
    assertThat(parse("file").export.telemetry(content, null).addresses())
        .isEqualTo(AddressUse.MASKED);
    options.put("addresses", "none");
    options.put("metrics-by", "port");
    assertThat(parse("file").export.logContent().attributes())
        .contains(LogAttribute.NETWORK_PEER_PORT)
        .doesNotContain(LogAttribute.NETWORK_PEER_ADDRESS, LogAttribute.NETWORK_LOCAL_ADDRESS);
    assertThat(content.body()).isEqualTo(LogBody.Form.KMESH);
  }

  @ParameterizedTest
  @ValueSource(strings = {"command line", "environment", "file"})
  void eachRuleOfThinningArrives(String source) throws IOException {
    Sample sample = parse(source);
    assertThat(sample.export.thinningRules())
        .isEqualTo(
            new Thinning.Rules(
                new KeepConditions(true, 1_000_000_000L, 1 << 20, 0.02, 600_000),
                new BigDecimal("12.5"),
                750));
  }

  @Test
  void defaults() throws IOException {
    Sample sample = parse("");

    assertThat(sample.probe.limit()).isNull();
    assertThat(sample.probe.settings().ringBytes()).isEqualTo(1 << 20);
    assertThat(sample.probe.settings().ownConnections()).isFalse();
    assertThat(sample.probe.settings().filter()).isEqualTo(ConnectionFilter.NONE);
    assertThat(sample.export.otel()).isEmpty();
    assertThat(sample.export.hasUpdates()).isFalse();
    assertThat(sample.export.metricKeys()).isEqualTo(MetricKeys.of(MetricKeys.By.PEER_NAME));
    assertThat(sample.export.files()).isEmpty();
    LogContent content = sample.export.logContent();
    assertThat(content).isEqualTo(LogContent.DEFAULT);
    assertThat(content.ids().key()).isEqualTo(PairKey.PUBLIC);
    assertThat(content.ids().kinds()).isEqualTo(Set.of(RecordKind.CLOSE, RecordKind.FAILED));
    assertThat(sample.export.thinningRules()).isEqualTo(Thinning.Rules.NONE);
    assertThat(sample.export.telemetry(content, null).thinning()).isNull();
    assertThat(sample.export.logKinds())
        .isEqualTo(Set.of(RecordKind.CLOSE, RecordKind.FAILED, RecordKind.UNOBSERVED));
    assertThat(sample.reportInterval.reports(false))
        .isEqualTo(new LiveReports(30_000_000_000L, false));
    CollectorExport.Settings settings = sample.export.settings(null, Map.of(), "", null);
    assertThat(settings.otel()).isEmpty();
    assertThat(settings.signals()).isEqualTo(Set.of(Signal.LOGS, Signal.METRICS));
    assertThat(settings.bounds())
        .isEqualTo(
            new RecordDelivery.Bounds(16 << 20, 1 << 20, Duration.ofHours(1), null, 256 << 20));
    assertThat(settings.cardinalityLimit()).isEqualTo(2000);
  }

  @Test
  void theWatchedSocketsHaveANameThatIsTheSameAtEachStart() throws IOException {
    assertThat(parse("").probe.source()).as("all").isEmpty();
    String pod = parse("file").probe.source();
    assertThat(pod).startsWith("pod net:[").contains("443", "!22", "loopback");
    assertThat(parse("file").probe.source()).isEqualTo(pod);
    Set<String> sources = new HashSet<>(Set.of(pod));
    for (String option : List.of("filter-port=80", "filter-prefix=10.0.0.0/8", "scope=cgroup:/a")) {
      options.put(
          option.substring(0, option.indexOf('=')), option.substring(option.indexOf('=') + 1));
      assertThat(sources.add(parse("file").probe.source())).as(option).isTrue();
    }
  }

  @Test
  void theLimitsThemselvesAreAllowed() throws IOException {
    options.put("spool-bytes", "1MiB");
    options.put("request-bytes", "64MiB");
    options.put("filter-port", "65535");
    options.put("endpoint", "collector:65535");
    Sample sample = parse("file");
    assertThat(sample.export.settings(Map.of(), Map.of(), "", null).bounds().requestBytes())
        .isEqualTo(64 << 20);
    assertThat(sample.probe.settings().filter().ports()).isEqualTo(Map.of(65535, true));
    assertThat(sample.export.otel()).containsValue("http://collector:65535");
  }

  @Test
  void anIntervalOfZeroIsNever() throws IOException {
    Path key = folder.resolve("key");
    options.put("pair-ids", "off");
    options.put("pair-key-file", Files.writeString(key, KEY + "\n").toString());
    options.put("report-interval", "0s");
    assertThat(parse("file").reportInterval.reports(true)).isEqualTo(LiveReports.NONE);
  }
}
