// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.ForeignText;
import io.tcpotel.doctor.Finding.Area;
import java.io.EOFException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;

/** Makes one TLS handshake with the collector, with the settings of the export. */
final class TlsCheck {
  private static final String NAME = "TLS";
  private static final Duration SOON = Duration.ofDays(14);

  private final String host;
  private final InetSocketAddress address;
  private final Duration limit;

  /**
   * @param host as in the endpoint; the certificate must be valid for it
   */
  TlsCheck(String host, InetSocketAddress address, Duration limit) {
    this.host = host;
    this.address = address;
    this.limit = limit;
  }

  /**
   * @param trust null for the JDK's default
   */
  Finding finding(SSLContext trust) {
    try {
      SSLSession session = handshake(trust == null ? SSLContext.getDefault() : trust);
      X509Certificate certificate = (X509Certificate) session.getPeerCertificates()[0];
      String found =
          session.getProtocol() + ", " + subject(certificate) + ", until " + end(certificate);
      return certificate.getNotAfter().toInstant().isBefore(Instant.now().plus(SOON))
          ? Problem.CERTIFICATE_EXPIRES.finding(found)
          : Area.COLLECTOR.ok(NAME, found);
    } catch (IOException | GeneralSecurityException e) {
      return refused(e);
    }
  }

  private SSLSession handshake(SSLContext context) throws IOException {
    try (Socket plain = new Socket()) {
      int limitMs = Math.toIntExact(limit.toMillis());
      plain.setSoTimeout(limitMs);
      plain.connect(address, limitMs);
      try (SSLSocket socket =
          (SSLSocket)
              context.getSocketFactory().createSocket(plain, host, address.getPort(), true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        parameters.setApplicationProtocols(new String[] {"h2"});
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket.getSession();
      }
    }
  }

  private Finding refused(Exception e) {
    Throwable root = e;
    boolean certificate = e instanceof CertificateException;
    while (root.getCause() != null) {
      root = root.getCause();
      certificate |= root instanceof CertificateException;
    }
    String reason = ForeignText.of(root.getMessage() == null ? root.toString() : root.getMessage());
    if (certificate) {
      return refusedCertificate(reason);
    }
    if (reason.startsWith("Received fatal alert")) {
      return Problem.HANDSHAKE_ENDED.finding(reason);
    }
    boolean plain = reason.contains("SSL message") || root instanceof EOFException;
    return Problem.NO_TLS.finding(
        plain || root instanceof SocketException ? "the port does not speak TLS" : reason);
  }

  private Finding refusedCertificate(String reason) {
    X509Certificate presented = presented();
    if (presented == null) {
      return Problem.CERTIFICATE_UNUSABLE.finding(reason);
    }
    String issuer = ForeignText.of(presented.getIssuerX500Principal().getName());
    String found = subject(presented) + ", signed by " + issuer + ", until " + end(presented);
    if (presented.getNotAfter().toInstant().isBefore(Instant.now())) {
      return Problem.CERTIFICATE_EXPIRED.finding(found);
    }
    if (reason.startsWith("No subject alternative") || reason.startsWith("No name matching")) {
      return Problem.CERTIFICATE_OF_ANOTHER.finding(found, host);
    }
    return Problem.CERTIFICATE_UNTRUSTED.finding(found);
  }

  /** Repeats the handshake: Java keeps no certificate of one that failed. */
  private X509Certificate presented() {
    PresentedChain chain = new PresentedChain();
    try {
      SSLContext looking = SSLContext.getInstance("TLS");
      looking.init(null, new TrustManager[] {chain}, new SecureRandom());
      handshake(looking);
    } catch (IOException | GeneralSecurityException e) {
      return chain.server(); // the handshake always fails
    }
    return chain.server();
  }

  private static String subject(X509Certificate certificate) {
    String name = ForeignText.of(certificate.getSubjectX500Principal().getName());
    return name.isEmpty() ? "a certificate without a subject" : name;
  }

  private static String end(X509Certificate certificate) {
    return certificate.getNotAfter().toInstant().atZone(ZoneOffset.UTC).toLocalDate().toString();
  }
}
