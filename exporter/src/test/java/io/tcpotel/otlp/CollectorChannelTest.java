// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.ssl.JdkSslContext;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.TestKey;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("socket")
class CollectorChannelTest {
  @TempDir private Path folder;

  /** Trusts anybody, but only once it may go on: the handshake lasts until then. */
  private static final class SlowTrust implements X509TrustManager {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch mayGoOn = new CountDownLatch(1);

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {
      asked.countDown();
      try {
        mayGoOn.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }

  private static CollectorChannel channel(int port, SSLContext trust) {
    CollectorAddress address = CollectorAddress.parse("https://127.0.0.1:" + port);
    return new CollectorChannel(address, trust, Duration.ofSeconds(10));
  }

  /** Whether the client closes the connection. */
  private static boolean isClosed(SSLServerSocket server) throws IOException {
    try (SSLSocket connection = (SSLSocket) server.accept()) {
      SSLParameters parameters = connection.getSSLParameters();
      parameters.setApplicationProtocols(new String[] {"h2"});
      connection.setSSLParameters(parameters);
      connection.setSoTimeout((int) Await.LIMIT.toMillis());
      connection.getInputStream().transferTo(OutputStream.nullOutputStream());
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true; // closed without a word, or reset
    }
  }

  @Test
  void aConnectionInItsHandshakeIsClosedToo() throws Exception {
    SlowTrust trust = new SlowTrust();
    SSLContext client = SSLContext.getInstance("TLS");
    client.init(null, new TrustManager[] {trust}, null);
    SSLContext key = ((JdkSslContext) TestKey.create(folder, "server").server()).context();
    try (ServerSocket server =
        key.getServerSocketFactory().createServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      FutureTask<Boolean> closed = new FutureTask<>(() -> isClosed((SSLServerSocket) server));
      Thread.ofVirtual().start(closed);
      CollectorChannel channel = channel(server.getLocalPort(), client);
      assertThat(trust.asked.await(Await.LIMIT.toSeconds(), TimeUnit.SECONDS)).isTrue();
      Thread closing = new Thread(channel::close);
      closing.start();
      while (closing.getState() == Thread.State.RUNNABLE) {
        Thread.onSpinWait();
      }
      trust.mayGoOn.countDown();
      closing.join();
      assertThat(closed.get()).isTrue();
    }
  }
}
