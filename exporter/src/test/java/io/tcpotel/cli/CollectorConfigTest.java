// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.CollectorTest;
import io.tcpotel.testing.ComposedCollector;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RealCollector;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The configuration in {@code otel-config} as the Collector itself reads it. */
@CollectorTest
class CollectorConfigTest {
  @TempDir Path folder;

  private Program validate(Path configuration) {
    return RealCollector.validate(folder.resolve("out.jsonl"), configuration);
  }

  @ParameterizedTest
  @ValueSource(strings = {"collector.yaml", "sampling.yaml"})
  void theConfigurationIsValid(String file) {
    try (Program collector = validate(RealCollector.CONFIGURATION.resolveSibling(file))) {
      assertThat(collector.await()).as(collector.messages()).isZero();
      assertThat(collector.messages()).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "to-loki.yaml,to-remote-write.yaml,kubernetes.yaml",
        "to-prometheus.yaml,to-file.yaml,kubernetes.yaml,kubernetes-traces.yaml",
        "to-prometheus.yaml,to-file.yaml,kubernetes-traces.yaml,kubernetes.yaml"
      })
  void theFilesComposeForKubernetes(String files) {
    try (Program collector = new ComposedCollector(files.split(",")).validate()) {
      assertThat(collector.await()).as(collector.messages()).isZero();
      assertThat(collector.messages()).isEmpty();
    }
  }

  /** It would lose what kubernetes.yaml adds to the pipelines of the files behind that. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "kubernetes.yaml,to-loki.yaml,to-remote-write.yaml",
        "to-loki.yaml,kubernetes.yaml,to-remote-write.yaml",
        "to-remote-write.yaml,kubernetes.yaml,to-loki.yaml",
        "to-remote-write.yaml,to-loki.yaml,kubernetes.yaml,kubernetes-traces.yaml,to-tempo.yaml"
      })
  void anotherOrderIsRefused(String files) {
    try (Program collector = new ComposedCollector(files.split(",")).validate()) {
      assertThat(collector.await()).isEqualTo(1);
      assertThat(collector.messages()).contains("kubernetes.yaml_must_be_last");
    }
  }

  @Test
  void aMistakeInItWouldBeFound() throws Exception {
    String text = Files.readString(RealCollector.CONFIGURATION);
    Path wrong = folder.resolve("wrong.yaml");
    Files.writeString(wrong, text.replace("flush_interval:", "flush_intervall:"));

    try (Program collector = validate(wrong)) {
      assertThat(collector.await()).isEqualTo(1);
      assertThat(collector.messages()).contains("flush_intervall");
    }
  }
}
