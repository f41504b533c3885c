// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.tcpotel.Failure;
import io.tcpotel.testing.TestKey;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsFilesTest {
  private static final String KEY = "OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY";
  private static final String CHAIN = "OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE";
  private static final String AUTHORITIES = "OTEL_EXPORTER_OTLP_CERTIFICATE";

  @TempDir private Path folder;

  private Path write(String... texts) throws IOException {
    return Files.writeString(folder.resolve("one.pem"), String.join("", texts));
  }

  private static String read(Path file) throws IOException {
    return Files.readString(file);
  }

  /** Authorities, key and chain in one file. */
  private static SSLContext context(Path file) {
    String path = file.toString();
    return new TlsFiles(
            new PemFile(AUTHORITIES, path), new PemFile(KEY, path), new PemFile(CHAIN, path))
        .context();
  }

  @Tag("socket")
  @ParameterizedTest
  @ValueSource(strings = {"EC", "RSA"})
  void oneFileMayHoldKeyChainAndAuthorities(String algorithm) throws Exception {
    TestKey key = TestKey.lasting(folder, "both", algorithm);
    Path file =
        write(
            "Bag Attributes: of some tool\n",
            read(key.privateKey()),
            "# comment\n",
            read(key.certificate()).replace("\n", "\r\n"),
            read(key.authority()));
    SSLContext context = context(file);
    try (SSLServerSocket server =
        (SSLServerSocket)
            context
                .getServerSocketFactory()
                .createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      server.setNeedClientAuth(true);
      FutureTask<String> accepted =
          new FutureTask<>(
              () -> {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                  return socket.getSession().getPeerPrincipal().getName();
                }
              });
      Thread.ofVirtual().start(accepted);
      try (SSLSocket socket =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(InetAddress.getLoopbackAddress(), server.getLocalPort())) {
        socket.startHandshake();
        assertThat(socket.getSession().getPeerPrincipal().getName()).isEqualTo("CN=both");
        assertThat(accepted.get()).as("the client's").isEqualTo("CN=both");
      }
    }
  }

  @Test
  void withoutAnyTheJdkDecides() {
    assertThat(new TlsFiles(null, null, null).context()).isNull();
  }

  /** Each is converted by the command that the message has. */
  @ParameterizedTest
  @CsvSource({
    "RSA PRIVATE KEY, '', a key in PKCS#1",
    "EC PRIVATE KEY, '', a key in SEC 1",
    "RSA PRIVATE KEY, 'Proc-Type: 4,ENCRYPTED', an encrypted key",
    "EC PRIVATE KEY, 'Proc-Type: 4,ENCRYPTED', an encrypted key",
    "ENCRYPTED PRIVATE KEY, '', an encrypted key",
    "OPENSSH PRIVATE KEY, '', a key of another form"
  })
  void aKeyOfAnotherFormIsNamedWithTheCommandThatConvertsIt(
      String title, String header, String form) throws IOException {
    String key =
        "-----BEGIN " + title + "-----\n" + header + "\nAAAA\n-----END " + title + "-----\n";
    String certificate = read(TestKey.create(folder, "of").certificate());
    Path file = write(certificate, key);
    assertThatThrownBy(() -> context(file))
        .isInstanceOf(Failure.class)
        .hasMessage(
            KEY
                + ": "
                + file
                + " has "
                + form
                + "; it must be in PKCS#8, not encrypted"
                + System.lineSeparator()
                + "  convert it: openssl pkey -in "
                + file
                + " -out NEW.pem");
  }

  @ParameterizedTest
  @CsvSource({
    "'', has no certificate in PEM, CERTIFICATE",
    "no certificate, has no certificate in PEM, CERTIFICATE",
    "CERTIFICATE:AAAA, has a certificate that cannot be read, CERTIFICATE",
    "CERTIFICATE:A, is damaged, CERTIFICATE",
    "good, has no private key in PEM, CLIENT_KEY",
    "good PRIVATE KEY:AAAA, has a key that is neither RSA nor EC, CLIENT_KEY"
  })
  void anUnusableFileIsNamedWithItsVariable(String content, String reason, String variable)
      throws IOException {
    StringBuilder text = new StringBuilder();
    for (String part : content.split("(?<=good) ")) {
      String[] block = part.split(":");
      text.append(
          part.equals("good")
              ? read(TestKey.create(folder, "good").certificate())
              : block.length < 2
                  ? part
                  : "-----BEGIN "
                      + block[0]
                      + "-----\n"
                      + block[1]
                      + "\n-----END "
                      + block[0]
                      + "-----\n");
    }
    Path file = write(text.toString());
    String path = file.toString();
    TlsFiles files =
        variable.equals("CERTIFICATE")
            ? new TlsFiles(new PemFile(AUTHORITIES, path), null, null)
            : new TlsFiles(null, new PemFile(KEY, path), new PemFile(CHAIN, path));
    assertThatThrownBy(files::context)
        .isInstanceOf(Failure.class)
        .hasMessageContaining(variable + ": " + file + " " + reason);
  }

  @Test
  void aFileThatCannotBeReadAndOneOfTwo() {
    PemFile none = new PemFile(KEY, folder + "/none");
    assertThatThrownBy(() -> new TlsFiles(null, none, new PemFile(CHAIN, "/x")).context())
        .hasMessageContaining("/x cannot be read: ");
    assertThatThrownBy(() -> new TlsFiles(none, null, null).context())
        .hasMessageContaining(KEY + ": " + folder + "/none cannot be read: ");
    assertThatThrownBy(() -> new TlsFiles(null, none, null).context())
        .hasMessageStartingWith(KEY + ": is of no use without " + CHAIN);
    assertThatThrownBy(() -> new TlsFiles(null, null, new PemFile(CHAIN, "/x")).context())
        .hasMessageStartingWith(CHAIN + ": is of no use without " + KEY);
  }
}
