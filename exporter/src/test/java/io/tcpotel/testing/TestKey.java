// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import io.grpc.netty.GrpcSslContexts;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;

/** A key of 127.0.0.1 with a certificate, and the authority that has signed it. */
public final class TestKey {
  private static final String PASSWORD = "changeit";

  private final Path store;

  private TestKey(Path store) {
    this.store = store;
  }

  /** Valid for a day from now on. */
  public static TestKey create(Path folder, String name) {
    return create(folder, name, "EC", "ip:127.0.0.1", "-validity", "1");
  }

  /** Valid for a year from now on, also for localhost. */
  public static TestKey lasting(Path folder, String name, String algorithm) {
    return create(folder, name, algorithm, "ip:127.0.0.1,dns:localhost", "-validity", "365");
  }

  /** Valid until twenty days ago. */
  public static TestKey expired(Path folder, String name) {
    return create(folder, name, "EC", "ip:127.0.0.1", "-startdate", "-30d", "-validity", "10");
  }

  private static TestKey create(
      Path folder, String name, String algorithm, String names, String... validity) {
    Path store = folder.resolve(name + ".p12");
    generate(store, "ca", algorithm, "-dname", "CN=authority of " + name, "-ext", "bc:c");
    List<String> signed = new ArrayList<>(List.of("-dname", "CN=" + name, "-ext", "san=" + names));
    signed.addAll(List.of("-signer", "ca"));
    signed.addAll(List.of(validity));
    generate(store, "k", algorithm, signed.toArray(String[]::new));
    return new TestKey(store);
  }

  private static void generate(Path store, String alias, String algorithm, String... more) {
    List<String> command =
        new ArrayList<>(List.of(keytool(), "-genkeypair", "-alias", alias, "-keyalg", algorithm));
    command.addAll(List.of("-storetype", "PKCS12", "-storepass", PASSWORD));
    command.addAll(List.of("-keystore", store.toString()));
    command.addAll(List.of(more));
    TestCommand.run(command.toArray(String[]::new));
  }

  private static String keytool() {
    return Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
  }

  private KeyStore keys() throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    return keys;
  }

  /** The certificate as a PEM file. */
  public Path certificate() {
    return certificate("k");
  }

  /** The certificate of the authority that has signed it, as a PEM file. */
  public Path authority() {
    return certificate("ca");
  }

  private Path certificate(String alias) {
    try {
      return write(alias, "CERTIFICATE", keys().getCertificate(alias).getEncoded());
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The key as a PEM file, PKCS #8. */
  public Path privateKey() {
    try {
      byte[] key = keys().getKey("k", PASSWORD.toCharArray()).getEncoded();
      return write("key", "PRIVATE KEY", key);
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  private Path write(String suffix, String title, byte[] content) {
    Path file = store.resolveSibling(store.getFileName() + "." + suffix + ".pem");
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
    try {
      return Files.writeString(
          file, "-----BEGIN " + title + "-----\n" + body + "\n-----END " + title + "-----\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What a server with this key speaks. */
  public SslContext server() {
    try {
      KeyManagerFactory factory =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      KeyStore keys = keys();
      keys.deleteEntry("ca");
      factory.init(keys, PASSWORD.toCharArray());
      return GrpcSslContexts.configure(SslContextBuilder.forServer(factory), SslProvider.JDK)
          .build();
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }
}
