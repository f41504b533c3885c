// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.tcpotel.Messages;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Sends one signal's requests to the collector: any number at once, each tried again as {@link
 * RetrySchedule} says. Logs come through {@link #deliver} and are tried until {@link #giveUp};
 * metrics come from the SDK's exporter through {@link #send} and are tried for the configured
 * timeout, since the next ones hold the same sums.
 */
public final class CollectorSender implements GrpcSender {
  private static final Set<String> SET_BY_GRPC = Set.of("user-agent", "content-type", "te");

  private final String signal;
  private final CollectorChannel channel;
  private final GrpcSenderConfig config;
  private final MethodDescriptor<MessageWriter, byte[]> method;
  private final boolean gzip;
  private final Messages messages;
  private final RequestCounts counts = new RequestCounts();
  private final NavigableSet<Delivery> waiting =
      new ConcurrentSkipListSet<>(Comparator.comparingLong(delivery -> delivery.number));
  private final AtomicLong numbers = new AtomicLong();
  private final Set<Delivery> underWay = ConcurrentHashMap.newKeySet();
  private volatile int largestBytes = Integer.MAX_VALUE;
  private volatile Outcome lastOutcome;
  private volatile boolean givenUp;
  private volatile boolean closed;

  CollectorSender(
      String signal, CollectorChannel channel, GrpcSenderConfig config, Messages messages) {
    this.signal = signal;
    this.channel = channel;
    this.config = config;
    this.method = RequestStream.method(config.getFullMethodName());
    this.gzip =
        config.getCompressor() != null && "gzip".equals(config.getCompressor().getEncoding());
    this.messages = messages;
  }

  /**
   * How a request ended: OK, or the last failure.
   *
   * @param tooLarge the server would take less at a time
   */
  record Outcome(Status status, byte[] response, boolean tooLarge) {
    boolean isOk() {
      return status.isOk();
    }
  }

  /** One request on its way. */
  private final class Delivery extends ClientCall.Listener<byte[]> {
    private final MessageWriter message;
    private final RetrySchedule schedule;
    private final Consumer<Outcome> onEnd;
    private final long number = numbers.getAndIncrement();
    private final long beginNs = System.nanoTime();
    private boolean isWished;
    private byte[] response = new byte[0];
    private volatile ScheduledFuture<?> retry;
    private volatile ClientCall<MessageWriter, byte[]> call;

    private Delivery(MessageWriter message, RetrySchedule schedule, Consumer<Outcome> onEnd) {
      this.message = message;
      this.schedule = schedule;
      this.onEnd = onEnd;
    }

    private void start() {
      call = channel.newCall(method, config.getTimeout().toMillis(), gzip);
      underWay.add(this);
      call.start(this, headers());
      call.setMessageCompression(gzip);
      call.request(1);
      call.sendMessage(message);
      call.halfClose();
    }

    @Override
    public void onMessage(byte[] message) {
      response = message;
    }

    @Override
    public void onClose(Status status, Metadata trailers) {
      underWay.remove(this);
      if (status.isOk()) {
        end(status, false);
        return;
      }
      if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
        channel.connectAnew();
      }
      long wishMs = RetrySchedule.retryInfoMs(status, trailers);
      if (RequestSize.isTooLarge(status, message.getContentLength(), wishMs)) {
        end(status, true);
        return;
      }
      long delayMs = schedule.delayMs(status, trailers, System.nanoTime());
      if (delayMs == RetrySchedule.NEVER || givenUp || closed) {
        sayFailed(status);
        end(status, false);
        return;
      }
      sayRetrying(status);
      counts.retried(status.getCode());
      isWished = wishMs > 0;
      waiting.add(this);
      // Not on the collection's timer, which waits for an answer and would hold all retries up.
      retry = channel.schedule(() -> retryWith(this), delayMs);
    }

    private void end(Status status, boolean tooLarge) {
      counts.ended(status.getCode(), System.nanoTime() - beginNs);
      onEnd.accept(new Outcome(status, response, tooLarge));
    }

    /** Whoever takes it out of the set starts it: the timer, or the end of the program. */
    private void startAgain() {
      if (waiting.remove(this)) {
        ScheduledFuture<?> timer = retry;
        if (timer != null) {
          timer.cancel(false);
        }
        channel.connectSoon();
        start();
      }
    }
  }

  /**
   * Tries {@code due} again and all others that failed, in the order in which they were sent: with
   * a try for each at a time of its own, they would arrive in another order. Only a time that the
   * server wishes for is kept.
   */
  private void retryWith(Delivery due) {
    for (Delivery delivery : List.copyOf(waiting)) {
      if (delivery == due || !delivery.isWished) {
        delivery.startAgain();
      }
    }
  }

  GrpcSenderConfig config() {
    return config;
  }

  /** What semantic conventions call an exporter of this signal: "log" or "metric". */
  String item() {
    return signal.substring(0, signal.length() - 1);
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
   * channel's thread. Tries until it is accepted, refused for good, or {@link #giveUp} is called.
   *
   * @param answeredNs how long a collector that answers may refuse it
   */
  void deliver(MessageWriter message, long answeredNs, Consumer<Outcome> onEnd) {
    Delivery delivery = new Delivery(message, RetrySchedule.whileAway(answeredNs), onEnd);
    // The first call takes gRPC hundreds of milliseconds, which the reader of the ring does not
    // have.
    channel.execute(delivery::start);
  }

  /**
   * From now on nothing is tried again; what waits for its next try is tried once more, at once.
   */
  void giveUp() {
    givenUp = true;
    retryNow();
  }

  /** Ends the requests that have no answer, as CANCELLED; after {@link #giveUp}. */
  void cancelAll() {
    for (Delivery delivery : List.copyOf(underWay)) {
      delivery.call.cancel("the program ends", null);
    }
  }

  /** What waits for its next try is tried at once. */
  void retryNow() {
    // Of those that wait now: one that is refused at once waits again before the next is looked at.
    List.copyOf(waiting).forEach(Delivery::startAgain);
  }

  /**
   * {@inheritDoc} The SDK may use the message's memory again as soon as this returns, so it is
   * copied.
   */
  @Override
  public void send(
      MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
    byte[] copy;
    try {
      copy = copy(message);
    } catch (IOException e) {
      onError.accept(e);
      return;
    }
    if (copy.length > largestBytes) {
      onEnd(tooLargeToSend(copy.length), onResponse);
      return;
    }
    RetrySchedule schedule = RetrySchedule.until(System.nanoTime(), config.getTimeout().toNanos());
    new Delivery(new Bytes(copy), schedule, outcome -> onEnd(outcome, onResponse)).start();
  }

  private Outcome tooLargeToSend(int bytes) {
    String reason = bytes + " bytes are more than the " + largestBytes + " of a request";
    return new Outcome(Status.OUT_OF_RANGE.withDescription(reason), new byte[0], true);
  }

  private void onEnd(Outcome outcome, Consumer<GrpcResponse> onResponse) {
    lastOutcome = outcome;
    onResponse.accept(new Response(outcome));
  }

  /**
   * How the last of the SDK's requests ended, which go one at a time: the SDK keeps the answer's
   * message, with the partial success, to itself. Null after {@link #forgetOutcome}.
   */
  Outcome lastOutcome() {
    return lastOutcome;
  }

  void forgetOutcome() {
    lastOutcome = null;
  }

  /** Requests of the SDK that are larger end as too large, without being sent. */
  void setLargestRequest(int bytes) {
    largestBytes = bytes;
  }

  private static byte[] copy(MessageWriter message) throws IOException {
    ByteArrayOutputStream copy = new ByteArrayOutputStream(message.getContentLength());
    message.writeMessage(copy);
    return copy.toByteArray();
  }

  private record Bytes(byte[] bytes) implements MessageWriter {
    @Override
    public void writeMessage(OutputStream out) throws IOException {
      out.write(bytes);
    }

    @Override
    public int getContentLength() {
      return bytes.length;
    }
  }

  private record Response(Outcome outcome) implements GrpcResponse {
    @Override
    public GrpcStatusCode getStatusCode() {
      return GrpcStatusCode.fromValue(outcome.status().getCode().value());
    }

    @Override
    public String getStatusDescription() {
      return outcome.status().getDescription();
    }

    @Override
    public byte[] getResponseMessage() {
      return outcome.response();
    }
  }

  private void sayRetrying(Status status) {
    messages.sayOnceAMinute(
        "retry " + channel.endpoint(),
        "collector " + channel.endpoint() + ": " + reason(status) + ": trying again");
  }

  /** The end of the program has been said; what it cuts off is in the sums. */
  void close() {
    closed = true;
  }

  private void sayFailed(Status status) {
    if (closed) {
      return;
    }
    if (status.getCode() == Status.Code.UNIMPLEMENTED) {
      messages.sayOnce(
          "unimplemented " + signal,
          "collector "
              + channel.endpoint()
              + " does not take "
              + signal
              + ": these are dropped and counted");
    } else {
      messages.sayOnceAMinute(
          "failed " + signal,
          "collector "
              + channel.endpoint()
              + ": "
              + signal
              + ": "
              + reason(status)
              + ": dropped and counted");
    }
  }

  /**
   * Code and words of the failure, with its cause: gRPC says only "io exception" of a refused
   * connection.
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
    return text.toString();
  }

  @Override
  public CompletableResultCode shutdown() {
    return CompletableResultCode
        .ofSuccess(); // CollectorSenders closes the channel, which others may still use
  }
}
