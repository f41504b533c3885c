// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Distribution;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.TestKey;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** TLS with the Java of the distribution, which has only the modules that tcpotel needs. */
class InstalledTlsIT {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({"EC, 127.0.0.1", "RSA, localhost", "Ed25519, 127.0.0.1"})
  void reachesACollector(String algorithm, String host) throws Exception {
    TestKey key = TestKey.lasting(folder, "collector", algorithm);
    try (Distribution distribution = Distribution.copy();
        ScriptedCollector collector =
            ScriptedCollector.start(builder -> builder.sslContext(key.server()));
        Program doctor =
            distribution.start(
                Map.of("OTEL_EXPORTER_OTLP_CERTIFICATE", key.authority().toString()),
                List.of(),
                "doctor",
                "--endpoint",
                "https://" + collector.endpoint().replaceFirst("http://[^:]+", host))) {
      doctor.await();
      assertThat(doctor.output())
          .contains("ok       TLS                TLSv1.3, CN=collector")
          .contains("ok       logs               an empty request was accepted")
          .contains("ok       metrics            an empty request was accepted");
    }
  }
}
