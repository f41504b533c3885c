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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
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
  private final Set<Delivery> waiting = ConcurrentHashMap.newKeySet();
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

  /** How a request ended: OK, or the last failure. */
  public record Outcome(Status status, byte[] response) {
    public boolean isOk() {
      return status.isOk();
    }
  }

  /** One request on its way. */
  private final class Delivery extends ClientCall.Listener<byte[]> {
    private final MessageWriter message;
    private final long giveUpNs;
    private final Consumer<Outcome> onEnd;
    private int attempt;
    private byte[] response = new byte[0];
    private volatile ScheduledFuture<?> retry;

    private Delivery(MessageWriter message, long giveUpNs, Consumer<Outcome> onEnd) {
      this.message = message;
      this.giveUpNs = giveUpNs;
      this.onEnd = onEnd;
    }

    private void start() {
      ClientCall<MessageWriter, byte[]> call =
          channel.newCall(method, config.getTimeout().toMillis(), gzip);
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
      if (status.isOk()) {
        onEnd.accept(new Outcome(status, response));
        return;
      }
      long delayMs = RetrySchedule.delayMs(status, trailers, attempt++);
      boolean tooLate = System.nanoTime() + delayMs * 1_000_000 - giveUpNs > 0;
      if (delayMs == RetrySchedule.NEVER || tooLate || givenUp || closed) {
        sayFailed(status);
        onEnd.accept(new Outcome(status, response));
        return;
      }
      sayRetrying(status);
      waiting.add(this);
      // Not on the collection's timer, which waits for an answer and would hold all retries up.
      retry = channel.schedule(this::startAgain, delayMs);
    }

    /** Whoever takes it out of the set starts it: the timer, or the end of the program. */
    private void startAgain() {
      if (waiting.remove(this)) {
        channel.connectSoon();
        start();
      }
    }
  }

  GrpcSenderConfig config() {
    return config;
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
   */
  void deliver(MessageWriter message, Consumer<Outcome> onEnd) {
    Delivery delivery = new Delivery(message, System.nanoTime() + Long.MAX_VALUE / 2, onEnd);
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

  /** What waits for its next try is tried at once. */
  void retryNow() {
    // Of those that wait now: one that is refused at once waits again before the next is looked at.
    for (Delivery delivery : List.copyOf(waiting)) {
      ScheduledFuture<?> retry = delivery.retry;
      if (retry != null) {
        retry.cancel(false);
      }
      delivery.startAgain();
    }
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
    long giveUpNs = System.nanoTime() + config.getTimeout().toNanos();
    new Delivery(new Bytes(copy), giveUpNs, outcome -> onResponse.accept(new Response(outcome)))
        .start();
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
