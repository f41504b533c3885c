// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.testing;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
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
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest;
import io.opentelemetry.proto.collector.trace.v1.ExportTraceServiceResponse;
import io.opentelemetry.proto.collector.trace.v1.TraceServiceGrpc;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.trace.v1.Span;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;

/**
 * A collector in this process that answers as it was told: one answer per request, in order, and OK
 * when none is left. It fails at its end if something under a scope of this program is not in the
 * registry.
 */
public final class ScriptedCollector implements AutoCloseable {
  private static final Registry REGISTRY = Registry.read();

  private final Queue<Answer> logAnswers = new ConcurrentLinkedQueue<>();
  private final Queue<Answer> traceAnswers = new ConcurrentLinkedQueue<>();
  private final List<Span> acceptedSpans = new CopyOnWriteArrayList<>();
  private final Queue<Answer> metricAnswers = new ConcurrentLinkedQueue<>();
  private final List<LogRecord> accepted = new CopyOnWriteArrayList<>();
  private final List<Metric> acceptedMetrics = new CopyOnWriteArrayList<>();
  private final List<String> strange = new CopyOnWriteArrayList<>();
  private final List<Metadata> headers = new CopyOnWriteArrayList<>();
  private final AtomicLong rejectedRecords = new AtomicLong();
  private final AtomicInteger logRequests = new AtomicInteger();
  private final AtomicInteger metricRequests = new AtomicInteger();
  private final AtomicInteger connections = new AtomicInteger();
  private volatile Server server;
  private int port;

  /** How one request is answered: with OK at once, unless a part says otherwise. */
  public record Answer(
      StatusRuntimeException failure, long rejected, String reason, long delayMs, End end) {
    private enum End {
      ANSWERED,
      SILENT,
      CUT
    }

    /** An error, with nothing else. */
    public static Answer status(Status.Code code) {
      return failing(code.toStatus().withDescription("scripted").asRuntimeException());
    }

    /** An error, and the wish to be asked again after so many ms. */
    public static Answer retryAfter(Status.Code code, long ms) {
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

    public static Answer failing(StatusRuntimeException failure) {
      return new Answer(failure, 0, "", 0, End.ANSWERED);
    }

    /** OK, but so many records refused. */
    public static Answer rejecting(long records, String why) {
      return new Answer(null, records, why, 0, End.ANSWERED);
    }

    public static Answer ok() {
      return late(0);
    }

    /** OK, but later. */
    public static Answer late(long ms) {
      return new Answer(null, 0, "", ms, End.ANSWERED);
    }

    /** No answer at all. */
    public static Answer silence() {
      return new Answer(null, 0, "", 0, End.SILENT);
    }

    /** Takes the request, and cuts the connection before the answer. */
    public static Answer cut() {
      return new Answer(null, 0, "", 0, End.CUT);
    }

    private boolean accepts() {
      return failure == null && end != End.SILENT;
    }
  }

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

  /** On {@code port}, where nothing of it listens until {@link #restart}. */
  public static ScriptedCollector absent(int port) {
    return absent(port, builder -> builder);
  }

  /** Like {@link #absent(int)}, with {@code settings} of its own. */
  public static ScriptedCollector absent(int port, UnaryOperator<NettyServerBuilder> settings) {
    ScriptedCollector collector = new ScriptedCollector(settings);
    collector.port = port;
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
              .addService(new Traces())
              .intercept(new HeaderKeeper())
              .addTransportFilter(new ConnectionCounter())
              .build()
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    port = server.getPort();
  }

  public void stop() {
    if (server == null) {
      return;
    }
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
    if (!strange.isEmpty()) {
      throw new AssertionError("not in the registry: " + new TreeSet<>(strange));
    }
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

  public void answerTraces(Answer... answers) {
    traceAnswers.addAll(List.of(answers));
  }

  public List<Span> acceptedSpans() {
    return acceptedSpans;
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

  private static Answer next(Queue<Answer> answers) {
    Answer answer = answers.poll();
    return answer == null ? Answer.ok() : answer;
  }

  private <T> void answer(Answer answer, T response, StreamObserver<T> to) {
    if (answer.end() == Answer.End.CUT) {
      cut();
    } else if (answer.delayMs() > 0) {
      CompletableFuture.delayedExecutor(answer.delayMs(), TimeUnit.MILLISECONDS)
          .execute(() -> complete(answer, response, to));
    } else if (answer.end() != Answer.End.SILENT) {
      complete(answer, response, to);
    }
  }

  private static <T> void complete(Answer answer, T response, StreamObserver<T> to) {
    if (answer.failure() != null) {
      to.onError(answer.failure());
    } else {
      to.onNext(response);
      to.onCompleted();
    }
  }

  private final class Logs extends LogsServiceGrpc.LogsServiceImplBase {
    @Override
    public void export(
        ExportLogsServiceRequest request, StreamObserver<ExportLogsServiceResponse> to) {
      logRequests.incrementAndGet();
      strange.addAll(REGISTRY.strange(request));
      Answer answer = next(logAnswers);
      if (answer.accepts()) {
        request.getResourceLogsList().stream()
            .flatMap(resource -> resource.getScopeLogsList().stream())
            .forEach(scope -> accepted.addAll(scope.getLogRecordsList()));
        rejectedRecords.addAndGet(answer.rejected());
      }
      ExportLogsPartialSuccess.Builder partial =
          ExportLogsPartialSuccess.newBuilder()
              .setRejectedLogRecords(answer.rejected())
              .setErrorMessage(answer.reason());
      answer(answer, ExportLogsServiceResponse.newBuilder().setPartialSuccess(partial).build(), to);
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
      strange.addAll(REGISTRY.strange(request));
      Answer answer = next(metricAnswers);
      if (answer.accepts()) {
        request.getResourceMetricsList().stream()
            .flatMap(resource -> resource.getScopeMetricsList().stream())
            .forEach(scope -> acceptedMetrics.addAll(scope.getMetricsList()));
      }
      ExportMetricsPartialSuccess.Builder partial =
          ExportMetricsPartialSuccess.newBuilder()
              .setRejectedDataPoints(answer.rejected())
              .setErrorMessage(answer.reason());
      answer(
          answer, ExportMetricsServiceResponse.newBuilder().setPartialSuccess(partial).build(), to);
    }
  }

  private final class Traces extends TraceServiceGrpc.TraceServiceImplBase {
    @Override
    public void export(
        ExportTraceServiceRequest request, StreamObserver<ExportTraceServiceResponse> to) {
      strange.addAll(REGISTRY.strange(request));
      Answer answer = next(traceAnswers);
      if (answer.accepts()) {
        request.getResourceSpansList().stream()
            .flatMap(resource -> resource.getScopeSpansList().stream())
            .forEach(scope -> acceptedSpans.addAll(scope.getSpansList()));
      }
      ExportTraceServiceResponse.Builder response = ExportTraceServiceResponse.newBuilder();
      response
          .getPartialSuccessBuilder()
          .setRejectedSpans(answer.rejected())
          .setErrorMessage(answer.reason());
      answer(answer, response.build(), to);
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
