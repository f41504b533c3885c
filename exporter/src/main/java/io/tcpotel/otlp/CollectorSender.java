// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.tcpotel.ForeignText;
import io.tcpotel.Messages;
import io.tcpotel.telemetry.Signal;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Attempts one signal's requests, any number at once, as its {@link RetryQueue} decides, and says
 * how they end.
 */
public final class CollectorSender {
  private static final Set<String> SET_BY_GRPC = Set.of("user-agent", "content-type", "te");

  private final Signal signal;
  private final CollectorChannel channel;
  private final GrpcSenderConfig config;
  private final MethodDescriptor<MessageWriter, byte[]> method;
  private final boolean gzip;
  private final Messages messages;
  private final RequestCounts counts = new RequestCounts();
  private final RetryQueue queue;

  /** The channel's thread uses it. */
  private final Set<Attempt> underWay = new LinkedHashSet<>();

  private volatile boolean closed;

  public CollectorSender(
      Signal signal, CollectorChannel channel, GrpcSenderConfig config, Messages messages) {
    this.signal = signal;
    this.channel = channel;
    this.config = config;
    this.method = RequestStream.method(config.getFullMethodName());
    this.gzip =
        config.getCompressor() != null && "gzip".equals(config.getCompressor().getEncoding());
    this.messages = messages;
    this.queue =
        new RetryQueue(
            request -> new Attempt(request).start(), channel::schedule, System::nanoTime);
  }

  /**
   * How a request ended: OK, or the last failure.
   *
   * @param tooLarge the server would take less at a time
   */
  public record Outcome(Status status, byte[] response, boolean tooLarge) {
    public boolean isOk() {
      return status.isOk();
    }
  }

  /** One gRPC call. */
  private final class Attempt extends ClientCall.Listener<byte[]> {
    private final PendingRequest request;
    private final ClientCall<MessageWriter, byte[]> call =
        channel.newCall(method, config.getTimeout().toMillis(), gzip);
    private byte[] response = new byte[0];

    private Attempt(PendingRequest request) {
      this.request = request;
    }

    private void start() {
      if (queue.isAsking(request)) {
        channel.connectSoon();
      }
      underWay.add(this);
      call.start(this, headers());
      call.setMessageCompression(gzip);
      call.request(1);
      call.sendMessage(request.message());
      call.halfClose();
    }

    @Override
    public void onMessage(byte[] message) {
      response = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      // gRPC also calls on the threads of its timer and of its name resolver.
      channel.execute(() -> ended(this, status, trailers));
    }
  }

  /** On the channel's thread. */
  private void ended(Attempt attempt, Status status, Metadata trailers) {
    underWay.remove(attempt);
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      channel.connectAnew();
    }
    RetryQueue.Next next = queue.ended(attempt.request, status, trailers);
    if (next == RetryQueue.Next.RETRY) {
      sayRetrying(status);
      counts.retried(status.getCode());
      return;
    }
    if (next == RetryQueue.Next.FAIL) {
      sayFailed(status);
    }
    counts.ended(status.getCode(), System.nanoTime() - attempt.request.begunAtNs());
    attempt.request.end(new Outcome(status, attempt.response, next == RetryQueue.Next.SPLIT));
  }

  public GrpcSenderConfig config() {
    return config;
  }

  /** The signal as semantic conventions name its exporter: "log" or "metric". */
  String item() {
    return signal.value().substring(0, signal.value().length() - 1);
  }

  CollectorChannel channel() {
    return channel;
  }

  RequestCounts counts() {
    return counts;
  }

  private Metadata headers() {
    Metadata headers = new Metadata();
    Map<String, List<String>> configured = config.getHeadersSupplier().get();
    if (configured != null) {
      configured.forEach((name, values) -> addHeader(headers, name, values));
    }
    return headers;
  }

  private static void addHeader(Metadata headers, String name, List<String> values) {
    if (!SET_BY_GRPC.contains(name.toLowerCase(java.util.Locale.ROOT))) {
      Metadata.Key<String> key = Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
      values.forEach(value -> headers.put(key, value));
    }
  }

  /**
   * Sends {@code message}, which must not change until {@code onEnd} is called, once, on the
   * channel's thread. Attempts it until the collector accepts it, refuses it for good, or {@link
   * #giveUp} is called.
   *
   * @param retryForNs how long a collector that answers may refuse it
   */
  public void deliver(MessageWriter message, long retryForNs, Consumer<Outcome> onEnd) {
    begin(message, RetrySchedule.whileAway(retryForNs), onEnd);
  }

  /** Like {@link #deliver}, but {@code limitNs} after now it has ended. */
  public void deliverWithin(long limitNs, MessageWriter message, Consumer<Outcome> onEnd) {
    begin(message, RetrySchedule.until(System.nanoTime(), limitNs), onEnd);
  }

  private void begin(MessageWriter message, RetrySchedule schedule, Consumer<Outcome> onEnd) {
    PendingRequest request = new PendingRequest(message, schedule, onEnd, System.nanoTime());
    // The first call takes gRPC hundreds of milliseconds, too long for the reader of the ring.
    channel.execute(() -> queue.begin(request));
  }

  /** Attempts waiting requests once more, at once, and from now on retries none. */
  void giveUp() {
    queue.endRetries();
    retryNow();
  }

  /** Attempts waiting requests at once. */
  void retryNow() {
    channel.execute(queue::retryNow);
  }

  /** Ends the requests that have no answer, as CANCELLED; after {@link #giveUp}. */
  void cancelAll() {
    channel.execute(
        () ->
            List.copyOf(underWay)
                .forEach(attempt -> attempt.call.cancel("the program ends", null)));
  }

  /** Ends retries and messages: the program has printed its account. */
  void close() {
    closed = true;
    queue.endRetries();
  }

  private void sayRetrying(Status status) {
    messages.sayOnceAMinute(
        "retry " + channel.endpoint(),
        "collector " + channel.endpoint() + ": " + reason(status) + ": trying again");
  }

  private void sayFailed(Status status) {
    if (closed) {
      return;
    }
    if (status.getCode() == Status.Code.UNIMPLEMENTED) {
      messages.sayOnce(
          "unimplemented " + signal.value(),
          "collector "
              + channel.endpoint()
              + " does not take "
              + signal.value()
              + ": these are dropped and counted");
    } else {
      messages.sayOnceAMinute(
          "failed " + signal.value(),
          "collector "
              + channel.endpoint()
              + ": "
              + signal.value()
              + ": "
              + reason(status)
              + (isSentAgain(status) ? ": the next collection follows" : ": dropped and counted"));
    }
  }

  /** The next collection has the same sums, or the delta points that were kept. */
  private boolean isSentAgain(Status status) {
    return signal == Signal.METRICS && RetrySchedule.isRetryable(status.getCode());
  }

  /**
   * Code and description of the failure, with its cause: gRPC describes a refused connection as "io
   * exception".
   */
  static String reason(Status status) {
    StringBuilder text = new StringBuilder(status.getCode().name());
    if (status.getDescription() != null) {
      text.append(" (").append(status.getDescription().lines().findFirst().orElse("")).append(')');
    }
    Throwable cause = status.getCause();
    if (cause != null && cause.getMessage() != null) {
      text.append(": ").append(cause.getMessage());
    }
    return ForeignText.of(text.toString());
  }
}
