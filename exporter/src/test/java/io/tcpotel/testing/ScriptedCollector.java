// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.MessageLite;
import com.google.rpc.RetryInfo;
import io.grpc.Attributes;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerTransportFilter;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsPartialSuccess;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceResponse;
import io.opentelemetry.proto.collector.logs.v1.LogsServiceGrpc;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsPartialSuccess;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.proto.collector.metrics.v1.MetricsServiceGrpc;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/**
 * A collector in this process that answers as it was told: one answer per request, in order, and OK
 * when none is left.
 */
public final class ScriptedCollector implements AutoCloseable {
  private final Queue<Answer> logAnswers = new ConcurrentLinkedQueue<>();
  private final Queue<Answer> metricAnswers = new ConcurrentLinkedQueue<>();
  private final List<LogRecord> accepted = new CopyOnWriteArrayList<>();
  private final List<Metric> acceptedMetrics = new CopyOnWriteArrayList<>();
  private final List<Metadata> headers = new CopyOnWriteArrayList<>();
  private final AtomicLong rejectedRecords = new AtomicLong();
  private final AtomicInteger logRequests = new AtomicInteger();
  private final AtomicInteger metricRequests = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile Server server;
  private int port;

  /** How one request is answered. */
  public interface Answer {
    /** An error, with nothing else. */
    static Answer status(Status.Code code) {
      return failing(code.toStatus().withDescription("scripted").asRuntimeException());
    }

    /** An error, and the wish to be asked again after so many ms. */
    static Answer retryAfter(Status.Code code, long ms) {
      Duration delay =
          Duration.newBuilder()
              .setSeconds(ms / 1000)
              .setNanos((int) (ms % 1000) * 1_000_000)
              .build();
      com.google.rpc.Status status =
          com.google.rpc.Status.newBuilder()
              .setCode(code.value())
              .addDetails(Any.pack(RetryInfo.newBuilder().setRetryDelay(delay).build()))
              .build();
      return failing(StatusProto.toStatusRuntimeException(status));
    }

    static Answer failing(StatusRuntimeException failure) {
      return new Answer() {
        @Override
        public StatusRuntimeException failure() {
          return failure;
        }
      };
    }

    /** OK, but so many records refused. */
    static Answer rejecting(long records, String why) {
      return new Answer() {
        @Override
        public ExportLogsServiceResponse response() {
          return ExportLogsServiceResponse.newBuilder()
              .setPartialSuccess(
                  ExportLogsPartialSuccess.newBuilder()
                      .setRejectedLogRecords(records)
                      .setErrorMessage(why))
              .build();
        }
      };
    }

    static Answer ok() {
      return OK;
    }

    /** No answer at all. */
    static Answer silence() {
      return new Answer() {
        @Override
        public boolean isSilent() {
          return true;
        }
      };
    }

    /** OK, but later. */
    static Answer late(long ms) {
      return new Answer() {
        @Override
        public long delayMs() {
          return ms;
        }
      };
    }

    /** Takes the request, and cuts the connection before the answer. */
    static Answer cut() {
      return new Answer() {
        @Override
        public boolean isCut() {
          return true;
        }
      };
    }

    default long delayMs() {
      return 0;
    }

    default boolean isCut() {
      return false;
    }

    default StatusRuntimeException failure() {
      return null;
    }

    default ExportLogsServiceResponse response() {
      return ExportLogsServiceResponse.getDefaultInstance();
    }

    default boolean isSilent() {
      return false;
    }
  }

  private static final Answer OK = new Answer() {};

  private final UnaryOperator<NettyServerBuilder> settings;

  private ScriptedCollector(UnaryOperator<NettyServerBuilder> settings) {
    this.settings = settings;
  }

  /** On a free port. */
  public static ScriptedCollector start() {
    return start(builder -> builder);
  }

  /** On a free port, with {@code settings} of its own. */
  public static ScriptedCollector start(UnaryOperator<NettyServerBuilder> settings) {
    ScriptedCollector collector = new ScriptedCollector(settings);
    collector.listen();
    return collector;
  }

  /** On a port where nothing listens until {@link #restart}. */
  public static ScriptedCollector absent() {
    ScriptedCollector collector = start();
    collector.stop();
    return collector;
  }

  private void listen() {
    InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
    try {
      server =
          settings
              .apply(NettyServerBuilder.forAddress(address))
              .directExecutor()
              .addService(new Logs())
              .addService(new Metrics())
              .intercept(new HeaderKeeper())
              .addTransportFilter(new ConnectionCounter())
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    port = server.getPort();
  }

  /** Cuts all connections. */
  public void stop() {
    try {
      server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  public boolean isListening() {
    return !server.isShutdown();
  }

  /** Listens again, on the same port. */
  public void restart() {
    listen();
  }

  @Override
  public void close() {
    stop();
  }

  public String endpoint() {
    return "http://" + InetAddress.getLoopbackAddress().getHostAddress() + ":" + port;
  }

  public void answerLogs(Answer... answers) {
    logAnswers.addAll(List.of(answers));
  }

  public void answerMetrics(Answer... answers) {
    metricAnswers.addAll(List.of(answers));
  }

  /** Log records of all requests that were answered with OK. */
  public List<LogRecord> accepted() {
    return accepted;
  }

  /** Log records of {@link #accepted} that it said it rejected. */
  public long rejectedRecords() {
    return rejectedRecords.get();
  }

  /** Metrics of all requests that were answered with OK. */
  public List<Metric> acceptedMetrics() {
    return acceptedMetrics;
  }

  /** Data points of {@link #acceptedMetrics}. */
  public int metricPoints() {
    return acceptedMetrics.stream()
        .mapToInt(
            metric ->
                metric.getSum().getDataPointsCount()
                    + metric.getGauge().getDataPointsCount()
                    + metric.getHistogram().getDataPointsCount())
        .sum();
  }

  /** Of requests, in order of arrival. */
  public List<Metadata> headers() {
    return headers;
  }

  public int logRequests() {
    return logRequests.get();
  }

  public int metricRequests() {
    return metricRequests.get();
  }

  /** Connections that were ever made. */
  public int connections() {
    return connections.get();
  }

  private static <T extends MessageLite> void answer(
      Answer answer, T response, StreamObserver<T> to) {
    if (answer.isSilent()) {
      return;
    }
    if (answer.failure() != null) {
      to.onError(answer.failure());
      return;
    }
    to.onNext(response);
    to.onCompleted();
  }

  private static Answer next(Queue<Answer> answers) {
    Answer answer = answers.poll();
    return answer == null ? OK : answer;
  }

  private final class Logs extends LogsServiceGrpc.LogsServiceImplBase {
    @Override
    public void export(
        ExportLogsServiceRequest request, StreamObserver<ExportLogsServiceResponse> to) {
      logRequests.incrementAndGet();
      Answer answer = next(logAnswers);
      if (answer.failure() == null && !answer.isSilent()) {
        request
            .getResourceLogsList()
            .forEach(
                logs ->
                    logs.getScopeLogsList()
                        .forEach(scope -> accepted.addAll(scope.getLogRecordsList())));
        rejectedRecords.addAndGet(answer.response().getPartialSuccess().getRejectedLogRecords());
      }
      if (answer.isCut()) {
        cut();
      } else if (answer.delayMs() > 0) {
        Runnable later = () -> answer(answer, answer.response(), to);
        CompletableFuture.delayedExecutor(answer.delayMs(), TimeUnit.MILLISECONDS).execute(later);
      } else {
        answer(answer, answer.response(), to);
      }
    }
  }

  private void cut() {
    server.shutdownNow();
    Thread.ofPlatform()
        .start(
            () -> {
              stop();
              restart();
            });
  }

  private final class Metrics extends MetricsServiceGrpc.MetricsServiceImplBase {
    @Override
    public void export(
        ExportMetricsServiceRequest request, StreamObserver<ExportMetricsServiceResponse> to) {
      metricRequests.incrementAndGet();
      Answer answer = next(metricAnswers);
      if (answer.failure() == null && !answer.isSilent()) {
        request
            .getResourceMetricsList()
            .forEach(
                resource ->
                    resource
                        .getScopeMetricsList()
                        .forEach(scope -> acceptedMetrics.addAll(scope.getMetricsList())));
      }
      ExportLogsPartialSuccess partial = answer.response().getPartialSuccess();
      ExportMetricsServiceResponse response =
          ExportMetricsServiceResponse.newBuilder()
              .setPartialSuccess(
                  ExportMetricsPartialSuccess.newBuilder()
                      .setRejectedDataPoints(partial.getRejectedLogRecords())
                      .setErrorMessage(partial.getErrorMessage()))
              .build();
      answer(answer, response, to);
    }
  }

  private final class HeaderKeeper implements ServerInterceptor {
    @Override
    public <A, B> ServerCall.Listener<A> interceptCall(
        ServerCall<A, B> call, Metadata sent, ServerCallHandler<A, B> next) {
      headers.add(sent);
      return next.startCall(call, sent);
    }
  }

  private final class ConnectionCounter extends ServerTransportFilter {
    @Override
    public Attributes transportReady(Attributes attributes) {
      connections.incrementAndGet();
      return attributes;
    }
  }
}
