// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.netty.buffer.ByteBufAllocator;
import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolNegotiator;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.IdentityCipherSuiteFilter;
import io.netty.handler.ssl.JdkSslContext;
import io.netty.handler.ssl.SslContext;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSessionContext;

/** HTTP/2 over TLS as gRPC takes it, with the context of the moment for each new connection. */
final class ConnectionTls extends SslContext {
  private final Supplier<SSLContext> current;
  private SSLContext context;
  private SslContext http2;

  /**
   * @param current called on the channel's thread
   */
  ConnectionTls(Supplier<SSLContext> current) {
    this.current = current;
    renew();
  }

  private void renew() {
    SSLContext now = current.get();
    if (now != context) {
      context = now;
      http2 = http2Over(now);
    }
  }

  private static SslContext http2Over(SSLContext context) {
    ApplicationProtocolConfig alpn =
        new ApplicationProtocolConfig(
            Protocol.ALPN,
            SelectorFailureBehavior.NO_ADVERTISE,
            SelectedListenerFailureBehavior.ACCEPT,
            "h2");
    return new JdkSslContext(
        context,
        true,
        null,
        IdentityCipherSuiteFilter.INSTANCE,
        alpn,
        ClientAuth.NONE,
        null,
        false);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator buffers) {
    renew();
    return http2.newEngine(buffers);
  }

  @Override
  public SSLEngine newEngine(ByteBufAllocator buffers, String host, int port) {
    renew();
    return http2.newEngine(buffers, host, port);
  }

  @Override
  public boolean isClient() {
    return true;
  }

  @Override
  public List<String> cipherSuites() {
    return http2.cipherSuites();
  }

  @Override
  @SuppressWarnings("deprecation") // the superclass has no other
  public ApplicationProtocolNegotiator applicationProtocolNegotiator() {
    return http2.applicationProtocolNegotiator();
  }

  @Override
  public SSLSessionContext sessionContext() {
    return http2.sessionContext();
  }
}
