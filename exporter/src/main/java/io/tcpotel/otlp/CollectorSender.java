// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.tcpotel.Messages;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ScheduledFuture;
import java.util.function.Consumer;

/**
 * Sends one signal's requests to the collector: any number at once, each tried again as {@link
 * RetrySchedule} says. A collector that is away is asked with one request; the others wait behind
 * it, and once it answers they follow one by one until all have caught up, in the order in which
 * they were sent. A request that it refuses waits for itself alone.
 */
final class CollectorSender {
  /** What a collector is answered for that is not there; the request is not to blame. */
  private static final Set<Status.Code> IS_AWAY =
      Set.of(Status.Code.UNAVAILABLE, Status.Code.DEADLINE_EXCEEDED);

  private static final Set<String> SET_BY_GRPC = Set.of("user-agent", "content-type", "te");

  private final String signal;
  private final CollectorChannel channel;
  private final GrpcSenderConfig config;
  private final MethodDescriptor<MessageWriter, byte[]> method;
  private final boolean gzip;
  private final Messages messages;
  private final RequestCounts counts = new RequestCounts();

  // The channel's thread's alone.
  private final Set<Delivery> underWay = new LinkedHashSet<>();
  private final Set<Delivery> refused = new LinkedHashSet<>();
  private final NavigableSet<Delivery> away =
      new TreeSet<>(Comparator.comparingLong(delivery -> delivery.number));
  private Delivery probe;
  private ScheduledFuture<?> probeTimer;
  private long begun;

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
    private final long beginNs = System.nanoTime();
    private byte[] response = new byte[0];
    private ClientCall<MessageWriter, byte[]> call;
    private long number;

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
      // gRPC calls on other threads, too: of its timer, of the one that looks names up.
      channel.execute(() -> ended(this, status, trailers));
    }

    private void end(Status status, boolean tooLarge) {
      counts.ended(status.getCode(), System.nanoTime() - beginNs);
      onEnd.accept(new Outcome(status, response, tooLarge));
    }
  }

  // From here to retryAll(): on the channel's thread.

  private void begin(Delivery delivery) {
    delivery.number = begun++;
    if (away.isEmpty() && probe == null || givenUp) {
      delivery.start();
    } else {
      away.add(delivery);
    }
  }

  private void ended(Delivery delivery, Status status, Metadata trailers) {
    underWay.remove(delivery);
    boolean isProbe = delivery == probe;
    probe = isProbe ? null : probe;
    long wishMs = RetrySchedule.retryInfoMs(status, trailers);
    int bytes = delivery.message.getContentLength();
    if (status.isOk() || RequestSize.isTooLarge(status, bytes, wishMs)) {
      delivery.end(status, !status.isOk());
    } else {
      failed(delivery, status, trailers, wishMs > 0);
    }
    if (isProbe && probeTimer == null) {
      probeNext();
    }
  }

  private void failed(Delivery delivery, Status status, Metadata trailers, boolean isWished) {
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      channel.connectAnew();
    }
    long delayMs = delivery.schedule.delayMs(status, trailers, System.nanoTime());
    if (delayMs == RetrySchedule.NEVER || givenUp || closed) {
      sayFailed(status);
      delivery.end(status, false);
      return;
    }
    sayRetrying(status);
    counts.retried(status.getCode());
    if (isWished || !IS_AWAY.contains(status.getCode())) {
      refused.add(delivery);
      channel.schedule(() -> startRefused(delivery), delayMs);
      return;
    }
    if (status.getCode() == Status.Code.DEADLINE_EXCEEDED) {
      delivery.number = begun++; // it may be to blame: the next one asks, and this goes behind
    }
    away.add(delivery);
    if (probeTimer == null) {
      probeTimer = channel.schedule(this::probeNext, delayMs);
    }
  }

  /** Whoever takes it out of the set starts it: its timer, or the end of the program. */
  private void startRefused(Delivery delivery) {
    if (refused.remove(delivery)) {
      delivery.start();
    }
  }

  private void probeNext() {
    if (probeTimer != null) {
      probeTimer.cancel(false);
      probeTimer = null;
    }
    if (probe == null && !away.isEmpty()) {
      probe = away.pollFirst();
      channel.connectSoon();
      probe.start();
    }
  }

  private void retryAll() {
    List.copyOf(refused).forEach(this::startRefused);
    probeNext();
    while (givenUp && !away.isEmpty()) {
      away.pollFirst().start();
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
    begin(message, RetrySchedule.whileAway(answeredNs), onEnd);
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
    channel.execute(
        () ->
            List.copyOf(underWay)
                .forEach(delivery -> delivery.call.cancel("the program ends", null)));
  }

  /** What waits for its next try is tried at once. */
  void retryNow() {
    channel.execute(this::retryAll);
  }

  /** Like {@link #deliver}, but {@code limitNs} after now it has ended. */
  void deliverWithin(long limitNs, MessageWriter message, Consumer<Outcome> onEnd) {
    begin(message, RetrySchedule.until(System.nanoTime(), limitNs), onEnd);
  }

  private void begin(MessageWriter message, RetrySchedule schedule, Consumer<Outcome> onEnd) {
    Delivery delivery = new Delivery(message, schedule, onEnd);
    // The first call takes gRPC hundreds of milliseconds, which the reader of the ring does not
    // have.
    channel.execute(() -> begin(delivery));
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
}
