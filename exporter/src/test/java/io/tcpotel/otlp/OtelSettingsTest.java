// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Failure;
import io.tcpotel.Release;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.Signal;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OtelSettingsTest {
  private static final SdkRequests SENDER = new SdkRequests(Duration.ZERO, null, null);
  private static final Set<Signal> ALL = Set.of(Signal.values());
  private static final String ENDPOINT = "otel.exporter.otlp.endpoint";

  @AfterEach
  void forgetProperties() {
    System.clearProperty(ENDPOINT);
    System.clearProperty("otel.service.name");
    System.clearProperty("otel.logs.exporter");
  }

  private static OtelSettings file(Map<String, String> file) {
    return read(Map.of(), file, "", ALL);
  }

  private static OtelSettings read(
      Map<String, String> options, Map<String, String> file, String source, Set<Signal> wanted) {
    return OtelSettings.read(options, file, source, wanted, config -> SENDER);
  }

  private static String endpoint(OtelSettings settings) {
    return settings.target(Signal.LOGS).address().toString();
  }

  /** With their settings, and without the identities of objects. */
  private static String exporters(OtelSettings settings) {
    return (OtlpExporters.logs(settings.properties()).toString()
            + OtlpExporters.metrics(settings.properties()))
        .replaceAll("@[0-9a-f]+", "");
  }

  private static String attribute(Resource resource, String key) {
    return resource.getAttribute(AttributeKey.stringKey(key));
  }

  @Test
  void anOptionWinsOverTheEnvironmentAndThatOverTheFile() {
    Map<String, String> file = Map.of(ENDPOINT, "http://file:1");
    assertThat(endpoint(file(file))).isEqualTo("http://file:1");
    System.setProperty(ENDPOINT, "http://environment:2");
    assertThat(endpoint(file(file))).isEqualTo("http://environment:2");
    Map<String, String> options = Map.of(ENDPOINT, "http://option:3");
    assertThat(endpoint(read(options, file, "", ALL))).isEqualTo("http://option:3");
  }

  @Test
  void anEmptyValueUncoversTheNextSource() {
    System.setProperty(ENDPOINT, "");
    assertThat(endpoint(file(Map.of(ENDPOINT, "http://file:1")))).isEqualTo("http://file:1");
    assertThat(endpoint(file(Map.of(ENDPOINT, " ")))).isEqualTo("http://localhost:4317");
  }

  /** Each of them is what it would be if it were not set. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "otel.exporter.otlp.endpoint",
        "otel.exporter.otlp.logs.endpoint",
        "otel.exporter.otlp.protocol",
        "otel.exporter.otlp.metrics.protocol",
        "otel.exporter.otlp.headers",
        "otel.exporter.otlp.compression",
        "otel.exporter.otlp.timeout",
        "otel.exporter.otlp.certificate",
        "otel.exporter.otlp.client.key",
        "otel.exporter.otlp.client.certificate",
        "otel.exporter.otlp.metrics.temporality.preference",
        "otel.exporter.otlp.metrics.default.histogram.aggregation",
        "otel.metric.export.interval",
        "otel.java.metrics.cardinality.limit",
        "otel.logs.exporter",
        "otel.sdk.disabled",
        "otel.service.name",
        "otel.resource.attributes"
      })
  void anEmptyValueIsNone(String key) {
    OtelSettings unset = file(Map.of());
    OtelSettings empty = file(Map.of(key, ""));
    assertThat(exporters(empty)).isEqualTo(exporters(unset)).contains("timeoutNanos=1");
    assertThat(empty.target(Signal.LOGS)).isEqualTo(unset.target(Signal.LOGS));
    assertThat(empty.target(Signal.METRICS)).isEqualTo(unset.target(Signal.METRICS));
    assertThat(empty.metricInterval()).isEqualTo(Duration.ofSeconds(60));
    assertThat(empty.cardinalityLimit(7)).isEqualTo(7);
    assertThat(empty.signals()).isEqualTo(ALL);
    assertThat(empty.resource()).isEqualTo(unset.resource());
  }

  @ParameterizedTest
  @CsvSource({
    "otel.propagators, b3",
    "otel.traces.sampler, nonsense",
    "otel.traces.sampler.arg, -1",
    "otel.attribute.count.limit, many",
    "otel.attribute.value.length.limit, -7",
    "otel.span.attribute.count.limit, x",
    "otel.bsp.schedule.delay, never",
    "otel.blrp.max.queue.size, 0",
    "otel.java.exporter.memory.mode, huge",
    "otel.java.enabled.resource.providers, none.such",
    "otel.config.file, /nowhere",
    "otel.exporter.zipkin.endpoint, here"
  })
  void ofNoConcernToThisProgram(String key, String value) {
    OtelSettings settings = file(Map.of(key, value));
    OtlpExporters.logs(settings.properties());
    OtlpExporters.metrics(settings.properties());
    assertThat(settings.resource()).isEqualTo(file(Map.of()).resource());
  }

  @ParameterizedTest
  @CsvSource({
    "otel.exporter.otlp.protocol, http/protobuf, 'http/protobuf' is not supported; grpc,",
    "otel.exporter.otlp.logs.protocol, http/json, 'http/json' is not supported; grpc,",
    "otel.exporter.otlp.metrics.protocol, http/protobuf, 'http/protobuf' is not supported; grpc,",
    "otel.logs.exporter, console, 'console' is not supported; otlp or none",
    "otel.metrics.exporter, prometheus, 'prometheus' is not supported; otlp or none",
    "otel.sdk.disabled, true, nothing would be exported; 'tcpotel tail'"
  })
  void refusesWhatItCannotDoAsWrongUse(String key, String value, String words) {
    assertThatThrownBy(() -> file(Map.of(key, value)))
        .isInstanceOf(Failure.class)
        .hasMessageStartingWith(key.toUpperCase(Locale.ROOT).replace('.', '_') + ": ")
        .hasMessageContainingAll(words.split("; "))
        .extracting(thrown -> ((Failure) thrown).exitCode())
        .isEqualTo(Failure.USAGE);
  }

  @Test
  void saysAllProblemsAtOnce() {
    assertThatThrownBy(
            () -> file(Map.of("otel.logs.exporter", "zipkin", "otel.metrics.exporter", "console")))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("zipkin")
        .hasMessageContaining("console");
  }

  /** {@code variable} is the one that is named; the value of a header never is. */
  @ParameterizedTest
  @CsvSource({
    "otel.exporter.otlp.endpoint, nowhere",
    "otel.exporter.otlp.logs.endpoint, ftp://logs",
    "otel.exporter.otlp.metrics.endpoint, http://[",
    "otel.exporter.otlp.headers, opensesame",
    "otel.exporter.otlp.logs.headers, opensesame",
    "otel.exporter.otlp.metrics.headers, opensesame",
    "otel.exporter.otlp.headers, 'a=1,Bearer sesame=1'",
    "otel.exporter.otlp.headers, 'a=opensesame%0A'",
    "otel.exporter.otlp.endpoint, http://user:sesame@host:4317",
    "otel.exporter.otlp.endpoint, http://sesame@host:4317",
    "otel.exporter.otlp.logs.endpoint, http://user:pass/sesame@host:4317",
    "otel.exporter.otlp.metrics.endpoint, http://host:99999",
    "otel.exporter.otlp.client.key, /nowhere",
    "otel.exporter.otlp.logs.client.certificate, /nowhere",
    "otel.exporter.otlp.timeout, -1",
    "otel.exporter.otlp.timeout, 25d",
    "otel.exporter.otlp.logs.timeout, 10x",
    "otel.exporter.otlp.metrics.timeout, 0",
    "otel.exporter.otlp.compression, zip",
    "otel.exporter.otlp.metrics.compression, zip",
    "otel.exporter.otlp.certificate, /nowhere",
    "otel.exporter.otlp.metrics.temporality.preference, both",
    "otel.exporter.otlp.metrics.default.histogram.aggregation, buckets",
    "otel.metric.export.interval, 0",
    "otel.java.metrics.cardinality.limit, 0",
    "otel.java.metrics.cardinality.limit, many",
    "otel.resource.attributes, novalue",
    "otel.resource.attributes, 'a=1,b=%zz'",
    "otel.resource.attributes, a=%FF"
  })
  void namesTheVariableOfAWrongValueAndNoSecret(String key, String value) {
    CollectorExport.Settings settings =
        new CollectorExport.Settings(
            Map.of(), Map.of(key, value), ALL, LogContent.DEFAULT, null, 1, "");
    assertThatThrownBy(() -> CollectorExport.requireSound(settings))
        .isInstanceOfSatisfying(
            Failure.class,
            failure -> {
              assertThat(failure.parts())
                  .extracting(Failure::step)
                  .containsExactly(key.toUpperCase(Locale.ROOT).replace('.', '_'));
              assertThat(failure.getMessage()).doesNotContain("sesame");
            });
  }

  @Test
  void whatAnOptionHasSettledCannotBeWrong() {
    Map<String, String> options = Map.of(ENDPOINT, "http://option:1");
    Map<String, String> file = Map.of(ENDPOINT, "nowhere");
    assertThat(endpoint(read(options, file, "", ALL))).isEqualTo("http://option:1");
  }

  @Test
  void switchesSignalsOff() {
    assertThat(file(Map.of()).signals()).isEqualTo(ALL);
    Map<String, String> noLogs = Map.of("otel.logs.exporter", "none");
    assertThat(file(noLogs).signals()).containsExactlyInAnyOrder(Signal.METRICS, Signal.TRACES);
    System.setProperty("otel.logs.exporter", "otlp");
    assertThat(file(noLogs).signals()).isEqualTo(ALL);
  }

  @Test
  void tracesAreSetUpAsTheOtherSignals() {
    assertThat(file(Map.of("otel.traces.exporter", "none")).signals())
        .containsExactlyInAnyOrder(Signal.LOGS, Signal.METRICS);
    assertThatThrownBy(() -> file(Map.of("otel.traces.exporter", "zipkin")))
        .hasMessageContaining("OTEL_TRACES_EXPORTER");
  }

  /** They may be meant for another program: an application of the same pod, say. */
  @ParameterizedTest
  @CsvSource({
    "traces.exporter, zipkin",
    "exporter.otlp.traces.protocol, http/protobuf",
    "exporter.otlp.traces.endpoint, nowhere",
    "exporter.otlp.traces.headers, novalue",
    "exporter.otlp.traces.certificate, /nowhere",
    "exporter.otlp.traces.timeout, -1"
  })
  void theVariablesOfASignalThatIsNotSentDoNotConcernIt(String key, String value) {
    Map<String, String> file = Map.of("otel." + key, value);
    Set<Signal> sent = Set.of(Signal.LOGS, Signal.METRICS);
    assertThat(read(Map.of(), file, "", sent).signals()).isEqualTo(sent);
    Set<Signal> withTraces = Set.of(Signal.LOGS, Signal.TRACES);
    assertThatThrownBy(() -> read(Map.of(), file, "", withTraces)).isInstanceOf(Failure.class);
  }

  @Test
  void namesTheServiceUnlessTheUserDid() {
    assertThat(attribute(file(Map.of()).resource(), "service.name")).isEqualTo("tcpotel");
    assertThat(attribute(file(Map.of("otel.service.name", "edge")).resource(), "service.name"))
        .isEqualTo("edge");
    System.setProperty("otel.service.name", "shop");
    assertThat(attribute(file(Map.of("otel.service.name", "edge")).resource(), "service.name"))
        .isEqualTo("shop");
  }

  @Test
  void takesTheUsersResourceAttributes() {
    String attributes = "k8s.node.name=n7,host.name=named,service.instance.id=one";
    Resource resource = file(Map.of("otel.resource.attributes", attributes)).resource();
    assertThat(attribute(resource, "k8s.node.name")).isEqualTo("n7");
    assertThat(attribute(resource, "host.name")).isEqualTo("named");
    assertThat(attribute(resource, "service.instance.id")).isEqualTo("one");
    assertThat(attribute(resource, "service.name")).isEqualTo("tcpotel");
    String encoded = " service.name = a%2Cb%3Dc+%C3%A9 , x%20y=z=z, empty= ,";
    resource = file(Map.of("otel.resource.attributes", encoded)).resource();
    assertThat(attribute(resource, "service.name")).isEqualTo("a,b=c+é");
    assertThat(attribute(resource, "x y")).isEqualTo("z=z");
    assertThat(attribute(resource, "empty")).isNull();
  }

  @Test
  void describesTheAgent() {
    Resource resource = file(Map.of()).resource();
    assertThat(attribute(resource, "telemetry.distro.name")).isEqualTo("tcpotel");
    assertThat(attribute(resource, "telemetry.distro.version")).isEqualTo(Release.VERSION);
    assertThat(attribute(resource, "telemetry.sdk.name")).isEqualTo("opentelemetry");
    assertThat(attribute(resource, "host.name")).isNotBlank();
    assertThat(resource.getSchemaUrl()).isEqualTo("https://opentelemetry.io/schemas/1.45.0");
  }

  @Test
  void keepsItsInstanceFromOneStartToTheNext() {
    String first = attribute(file(Map.of()).resource(), "service.instance.id");
    assertThat(first).isNotBlank();
    assertThat(attribute(file(Map.of()).resource(), "service.instance.id")).isEqualTo(first);
  }

  private static String instance(String source) {
    Resource resource = read(Map.of(), Map.of(), source, ALL).resource();
    return attribute(resource, "service.instance.id");
  }

  @Test
  void agentsThatSeeDifferentSocketsOfOneHostAreDifferentInstances() {
    assertThat(List.of(instance(""), instance("cgroup:/a "), instance("cgroup:/b ")))
        .doesNotHaveDuplicates();
    assertThat(instance("cgroup:/a ")).isEqualTo(instance("cgroup:/a ")).startsWith(instance(""));
  }

  @Test
  void aMachineIdThatIsNotSetYetIsNone() {
    String id = "0123456789abcdef0123456789abcdef";
    assertThat(AgentResource.machineId(id)).isEqualTo(id);
    assertThat(AgentResource.machineId("uninitialized")).isEmpty();
    assertThat(AgentResource.machineId("")).isEmpty();
  }
}
