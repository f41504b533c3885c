// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
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
  private final SenderMessages says;
  private final RequestCounts counts = new RequestCounts();
  private final CollectorContact contact;
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
    this.says = new SenderMessages(signal, channel.endpoint(), messages);
    this.contact =
        new CollectorContact(
            "collector " + channel.endpoint() + ": " + signal.value(), System::nanoTime);
    this.queue = new RetryQueue(this::attempt, channel::schedule, System::nanoTime);
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

  /** On the channel's thread. */
  private void attempt(PendingRequest request) {
    Attempt attempt = new Attempt(request, this::onEnd);
    underWay.add(attempt);
    try {
      if (queue.isAsking(request)) {
        channel.connectSoon();
      }
      Metadata headers = headers();
      attempt.start(
          channel.newCall(method, config.getTimeout().toMillis(), gzip, attempt.answer()),
          headers,
          gzip);
    } catch (Throwable e) {
      attempt.fail(e);
    }
  }

  /** On any thread: gRPC also calls on those of its timer and of its name resolver. */
  private void onEnd(Attempt attempt, AttemptEnd end) {
    channel.execute(() -> ended(attempt, end));
  }

  private void ended(Attempt attempt, AttemptEnd end) {
    if (!underWay.remove(attempt)) {
      return; // its failure came before
    }
    Status status = end.status();
    contact.answered(status);
    guard(() -> mendChannel(status));
    RetryQueue.Next next = queue.ended(attempt.request(), end);
    guard(() -> report(attempt.request(), status, next));
    if (next != RetryQueue.Next.RETRY) {
      Outcome outcome = new Outcome(status, attempt.response(), next == RetryQueue.Next.SPLIT);
      guard(() -> attempt.request().end(outcome));
    }
  }

  /** An exception ends this step alone. */
  private void guard(Runnable step) {
    try {
      step.run();
    } catch (Throwable e) {
      says.defect(e);
    }
  }

  private void mendChannel(Status status) {
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      channel.connectAnew();
    } else if (CollectorAnswer.isOfDeadChannel(status)) {
      channel.renew();
    }
  }

  private void report(PendingRequest request, Status status, RetryQueue.Next next) {
    if (next == RetryQueue.Next.RETRY) {
      says.retrying(status);
      counts.retried(status.getCode());
      return;
    }
    if (next == RetryQueue.Next.FAIL && !closed) {
      says.failed(status);
    }
    counts.ended(status.getCode(), System.nanoTime() - request.begunAtNs());
  }

  public GrpcSenderConfig config() {
    return config;
  }

  /** The signal as semantic conventions name its exporter: "log", "metric" or "span". */
  String item() {
    return switch (signal) {
      case LOGS -> "log";
      case METRICS -> "metric";
      case TRACES -> "span";
    };
  }

  CollectorChannel channel() {
    return channel;
  }

  RequestCounts counts() {
    return counts;
  }

  CollectorContact contact() {
    return contact;
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
    contact.asked();
    PendingRequest request = new PendingRequest(message, schedule, onEnd, System.nanoTime());
    // The first call takes gRPC hundreds of milliseconds, too long for the reader of the ring.
    channel.execute(() -> queue.begin(request));
  }

  /** Sends an empty request, so that {@link #contact} knows the collector before there is data. */
  void ask() {
    deliver(new EmptyRequest(), 0, outcome -> {});
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
        () -> List.copyOf(underWay).forEach(attempt -> attempt.cancel("the program ends")));
  }

  /** Ends retries and messages: the program has printed its account. */
  void close() {
    closed = true;
    queue.endRetries();
  }
}
