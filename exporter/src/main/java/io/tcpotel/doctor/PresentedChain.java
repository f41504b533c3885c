// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509TrustManager;

/**
 * Keeps the certificate that a server presents, and trusts none: the handshake ends there, so that
 * nothing is sent to an unverified server.
 */
final class PresentedChain implements X509TrustManager {
  private X509Certificate server;

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    server = chain[0];
    throw new CertificateException("seen");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("not a server");
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return new X509Certificate[0];
  }

  /** Null if the server presented none. */
  X509Certificate server() {
    return server;
  }
}
