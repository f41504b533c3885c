// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Failure;
import io.tcpotel.Release;
import io.tcpotel.telemetry.Signal;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtelSettingsTest {
  private static final String ENDPOINT = "otel.exporter.otlp.endpoint";

  @AfterEach
  void forgetProperties() {
    System.clearProperty(ENDPOINT);
    System.clearProperty("otel.service.name");
    System.clearProperty("otel.logs.exporter");
  }

  private static OtelSettings file(Map<String, String> file) {
    return OtelSettings.read(Map.of(), file, "", config -> null);
  }

  private static String attribute(Resource resource, String key) {
    return resource.getAttribute(AttributeKey.stringKey(key));
  }

  @Test
  void anOptionWinsOverTheEnvironmentAndThatOverTheFile() {
    Map<String, String> file = Map.of(ENDPOINT, "http://file:1");
    assertThat(file(file).properties().getString(ENDPOINT)).isEqualTo("http://file:1");
    System.setProperty(ENDPOINT, "http://environment:1");
    assertThat(file(file).properties().getString(ENDPOINT)).isEqualTo("http://environment:1");
    Map<String, String> options = Map.of(ENDPOINT, "http://option:1");
    assertThat(
            OtelSettings.read(options, file, "", config -> null).properties().getString(ENDPOINT))
        .isEqualTo("http://option:1");
  }

  @ParameterizedTest
  @CsvSource({
    "otel.exporter.otlp.protocol, http/protobuf, only grpc",
    "otel.exporter.otlp.logs.protocol, http/json, only grpc",
    "otel.exporter.otlp.metrics.protocol, http/protobuf, only grpc",
    "otel.logs.exporter, console, only otlp and none",
    "otel.metrics.exporter, prometheus, only otlp and none",
    "otel.sdk.disabled, true, nothing would be exported"
  })
  void refusesWhatItCannotDoAsWrongUse(String key, String value, String reason) {
    assertThatThrownBy(() -> file(Map.of(key, value)))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("OpenTelemetry configuration")
        .hasMessageContaining(key + "=" + value)
        .hasMessageContaining(reason)
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
    "otel.exporter.otlp.timeout, -1",
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
    "otel.resource.attributes, novalue"
  })
  void namesTheVariableOfAWrongValueAndNoSecret(String key, String value) {
    CollectorExport.Settings settings =
        new CollectorExport.Settings(
            Map.of(), Map.of(key, value), Set.of(Signal.LOGS), null, 1, "");
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
    assertThat(
            OtelSettings.read(options, file, "", config -> null).properties().getString(ENDPOINT))
        .isEqualTo("http://option:1");
  }

  @Test
  void switchesSignalsOff() {
    assertThat(file(Map.of()).isOn(Signal.LOGS)).isTrue();
    assertThat(file(Map.of()).isOn(Signal.METRICS)).isTrue();
    OtelSettings settings = file(Map.of("otel.logs.exporter", "none"));
    assertThat(settings.isOn(Signal.LOGS)).isFalse();
    assertThat(settings.isOn(Signal.METRICS)).isTrue();
    System.setProperty("otel.logs.exporter", "otlp");
    assertThat(file(Map.of("otel.logs.exporter", "none")).isOn(Signal.LOGS)).isTrue();
  }

  @Test
  void ignoresWhatIsSaidAboutTraces() {
    assertThat(file(Map.of("otel.traces.exporter", "zipkin")).isOn(Signal.LOGS)).isTrue();
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
    Resource resource = OtelSettings.read(Map.of(), Map.of(), source, config -> null).resource();
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

  @Test
  void anAgentsResourceDropsOnlyTheServiceThatNobodyNamed() {
    Resource unnamed =
        Resource.create(
            Attributes.builder()
                .put("service.name", "unknown_service:java")
                .put("team", "net")
                .build());
    Resource resource = AgentResource.of(unnamed, Set.of(), "");
    assertThat(attribute(resource, "service.name")).isEqualTo("tcpotel");
    assertThat(attribute(resource, "team")).isEqualTo("net");
  }
}
