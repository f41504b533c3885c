// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Failure;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.net.ssl.KeyManager;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;

/**
 * The files for TLS with a collector. One file may hold all of them.
 *
 * @param authorities null: those of the JDK, which this program brings along
 * @param key of this program; null if it has none, like {@code chain}
 * @param chain the certificates of {@code key}
 */
public record TlsFiles(PemFile authorities, PemFile key, PemFile chain) {
  private static final String KEY = "CLIENT_KEY";
  private static final String CHAIN = "CLIENT_CERTIFICATE";
  private static final char[] NO_PASSWORD = new char[0];
  private static final Pattern PROPERTY =
      Pattern.compile(
          "otel\\.exporter\\.otlp\\..*(certificate|client\\.key)", Pattern.CASE_INSENSITIVE);

  /**
   * The files that the configuration names.
   *
   * @param file properties that lose against those of {@code environment}
   * @param options properties that win over them
   */
  static List<Path> named(
      Map<String, String> file, Map<String, String> environment, Map<String, String> options) {
    Map<String, String> all = new HashMap<>(file);
    environment.forEach((name, value) -> all.put(name.replace('_', '.'), value));
    all.putAll(options);
    return all.entrySet().stream()
        .filter(entry -> PROPERTY.matcher(entry.getKey()).matches())
        .map(Map.Entry::getValue)
        .filter(value -> value != null && !value.isBlank())
        .map(Path::of)
        .toList();
  }

  /** Reads the files, or throws a {@link Failure}; null without any, for the JDK's own context. */
  public SSLContext context() {
    if (authorities == null && key == null && chain == null) {
      return null;
    }
    requireBoth(key, chain, KEY, CHAIN);
    requireBoth(chain, key, CHAIN, KEY);
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(
          key == null ? null : keyManagers(), authorities == null ? null : trustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e); // each file was read
    }
  }

  private static void requireBoth(PemFile given, PemFile other, String name, String nameOfOther) {
    if (given != null && other == null) {
      throw Failure.usage(
          given.variable(),
          "is of no use without " + given.variable().replace(name, nameOfOther),
          "set both; they may name one file");
    }
  }

  private TrustManager[] trustManagers() throws GeneralSecurityException {
    KeyStore store = newStore();
    for (Certificate certificate : certificates(authorities)) {
      store.setCertificateEntry(Integer.toString(store.size()), certificate);
    }
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init(store);
    return factory.getTrustManagers();
  }

  private KeyManager[] keyManagers() throws GeneralSecurityException {
    KeyStore store = newStore();
    Certificate[] certificates = certificates(chain).toArray(Certificate[]::new);
    store.setKeyEntry("key", privateKey(), NO_PASSWORD, certificates);
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(store, NO_PASSWORD);
    return factory.getKeyManagers();
  }

  private static KeyStore newStore() throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      return store;
    } catch (IOException e) {
      throw new IllegalStateException(e); // nothing is read
    }
  }

  private static List<Certificate> certificates(PemFile file) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<Certificate> certificates = new ArrayList<>();
    for (byte[] block : file.certificates()) {
      try {
        certificates.add(factory.generateCertificate(new ByteArrayInputStream(block)));
      } catch (GeneralSecurityException e) {
        throw file.unusable("has a certificate that cannot be read: " + e.getMessage());
      }
    }
    return certificates;
  }

  private PrivateKey privateKey() throws GeneralSecurityException {
    PKCS8EncodedKeySpec block = new PKCS8EncodedKeySpec(key.privateKey());
    InvalidKeySpecException refusal = null;
    for (String algorithm : List.of("EC", "RSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(block);
      } catch (InvalidKeySpecException e) {
        refusal = e;
      }
    }
    throw key.unusable("has a key that is neither RSA nor EC: " + refusal.getMessage());
  }
}
