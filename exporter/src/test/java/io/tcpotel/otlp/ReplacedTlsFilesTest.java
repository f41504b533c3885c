// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.TestKey;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Certificates and keys that are replaced while the program runs. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class ReplacedTlsFilesTest {
  @TempDir Path folder;

  private NettyServerBuilder secured(NettyServerBuilder server, TestKey own, TestKey client) {
    try {
      SslContextBuilder context =
          SslContextBuilder.forServer(own.certificate().toFile(), own.privateKey().toFile())
              .trustManager(client.authority().toFile())
              .clientAuth(ClientAuth.REQUIRE);
      return server.sslContext(GrpcSslContexts.configure(context, SslProvider.JDK).build());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Path file(String name) {
    return folder.resolve(name);
  }

  private void configure(TestKey server, TestKey client) throws IOException {
    replace("authority", server.authority());
    replace("key", client.privateKey());
    replace("certificate", client.certificate());
  }

  private void replace(String name, Path content) throws IOException {
    Path next = Files.copy(content, file("next"), StandardCopyOption.REPLACE_EXISTING);
    Files.move(next, file(name), StandardCopyOption.ATOMIC_MOVE);
  }

  private ExportToCollector export(ScriptedCollector collector) {
    RecordDelivery.Bounds bounds = new RecordDelivery.Bounds(8 << 20, 1 << 20, Duration.ofHours(1));
    return new ExportToCollector(
        collector.endpoint().replace("http://", "https://"),
        bounds,
        Map.of(
            "otel.exporter.otlp.certificate", file("authority").toString(),
            "otel.exporter.otlp.client.key", file("key").toString(),
            "otel.exporter.otlp.client.certificate", file("certificate").toString()));
  }

  private static void addOne(ExportToCollector to) {
    to.add(1);
    to.send();
  }

  @Test
  void theFilesOfTheMomentAreUsedForTheNextConnection() throws Exception {
    TestKey server = TestKey.create(folder, "server");
    TestKey client = TestKey.create(folder, "client");
    TestKey nextServer = TestKey.create(folder, "nextServer");
    TestKey nextClient = TestKey.create(folder, "nextClient");
    configure(server, client);
    try (ScriptedCollector first =
            ScriptedCollector.start(builder -> secured(builder, server, client));
        ScriptedCollector second =
            ScriptedCollector.absent(
                URI.create(first.endpoint()).getPort(),
                builder -> secured(builder, nextServer, nextClient));
        ExportToCollector to = export(first)) {
      addOne(to);
      to.await("sent", () -> to.counts().exported() == 1);

      first.stop();
      second.restart();
      addOne(to);
      to.await("refused", () -> to.said().contains("UNAVAILABLE"));
      configure(nextServer, nextClient);
      to.await("sent", () -> to.counts().exported() == 2);

      second.stop();
      Files.writeString(file("key"), "half a k");
      second.restart();
      addOne(to);
      to.await("sent", () -> to.counts().exported() == 3);
      assertThat(to.said()).contains("TLS: the last content of the files is used");
    }
  }
}
