// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.tcpotel.testing.TestCommand;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.function.UnaryOperator;
import javax.net.ssl.KeyManagerFactory;

/** A collector on a free port of 127.0.0.1 that takes logs, and what else it is made for. */
public final class CollectorServer implements AutoCloseable {
  private static final String PASSWORD = "changeit";

  private final Server server;

  private CollectorServer(Server server) {
    this.server = server;
  }

  private static CollectorServer start(UnaryOperator<NettyServerBuilder> settings)
      throws IOException {
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0));
    return new CollectorServer(settings.apply(builder.addService(new Logs())).build().start());
  }

  public static CollectorServer withoutMetrics() throws IOException {
    return start(builder -> builder);
  }

  /** Refuses each request, citing its header {@code authorization}. */
  public static CollectorServer citing() throws IOException {
    return start(builder -> builder.addService(new Metrics()).intercept(new Citing()));
  }

  /** Never answers a request of metrics. */
  public static CollectorServer hangingForMetrics() throws IOException {
    return start(
        builder ->
            builder.addService(
                new MetricsServiceGrpc.MetricsServiceImplBase() {
                  @Override
                  public void export(
                      ExportMetricsServiceRequest request,
                      StreamObserver<ExportMetricsServiceResponse> answer) {
                    // no answer
                  }
                }));
  }

  /** Speaks TLS with the key in {@code store}. */
  public static CollectorServer withTls(Path store) throws IOException, GeneralSecurityException {
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD.toCharArray());
    }
    KeyManagerFactory factory =
        KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    factory.init(keys, PASSWORD.toCharArray());
    var tls =
        GrpcSslContexts.configure(SslContextBuilder.forServer(factory), SslProvider.JDK).build();
    return start(builder -> builder.addService(new Metrics()).sslContext(tls));
  }

  /** A new key with a certificate that it has signed itself, in a store. */
  public static Path newKey(Path folder, String name, String... more) {
    Path store = folder.resolve(name + ".p12");
    String[] command = {
      keytool(),
      "-genkeypair",
      "-alias",
      "k",
      "-keyalg",
      "EC",
      "-dname",
      "CN=" + name,
      "-storetype",
      "PKCS12",
      "-storepass",
      PASSWORD,
      "-keystore",
      store.toString()
    };
    String[] all = java.util.Arrays.copyOf(command, command.length + more.length);
    System.arraycopy(more, 0, all, command.length, more.length);
    TestCommand.run(all);
    return store;
  }

  /** The certificate in {@code store} as a PEM file. */
  public static Path certificate(Path store) {
    Path file = store.resolveSibling(store.getFileName() + ".pem");
    TestCommand.run(
        keytool(),
        "-exportcert",
        "-rfc",
        "-alias",
        "k",
        "-storepass",
        PASSWORD,
        "-keystore",
        store.toString(),
        "-file",
        file.toString());
    return file;
  }

  private static String keytool() {
    return Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
  }

  private static final class Logs extends LogsServiceGrpc.LogsServiceImplBase {
    @Override
    public void export(
        ExportLogsServiceRequest request, StreamObserver<ExportLogsServiceResponse> answer) {
      answer.onNext(ExportLogsServiceResponse.getDefaultInstance());
      answer.onCompleted();
    }
  }

  private static final class Metrics extends MetricsServiceGrpc.MetricsServiceImplBase {
    @Override
    public void export(
        ExportMetricsServiceRequest request, StreamObserver<ExportMetricsServiceResponse> answer) {
      answer.onNext(ExportMetricsServiceResponse.getDefaultInstance());
      answer.onCompleted();
    }
  }

  private static final class Citing implements ServerInterceptor {
    @Override
    public <Q, A> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, A> call, Metadata headers, ServerCallHandler<Q, A> next) {
      String given =
          headers.get(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER));
      String word = given.substring(given.indexOf(' ') + 1);
      call.close(
          Status.UNAUTHENTICATED.withDescription("refused: '" + given + "', token " + word),
          new Metadata());
      return new ServerCall.Listener<>() {};
    }
  }

  public int port() {
    return server.getPort();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
