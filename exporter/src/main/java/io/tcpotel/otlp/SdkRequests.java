// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.tcpotel.otlp.CollectorSender.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.function.Consumer;

/**
 * Takes the requests of one of the SDK's exporters, which come one at a time, to a {@link
 * CollectorSender}. They are tried for the configured timeout: the next ones hold the same sums.
 */
final class SdkRequests implements GrpcSender {
  private final Duration timeout;
  private final Delivery delivery;
  private final Runnable retryNow;
  private volatile int largestBytes = Integer.MAX_VALUE;
  private volatile Outcome lastOutcome;

  /** {@link CollectorSender#deliverWithin}. */
  interface Delivery {
    void deliverWithin(long limitNs, MessageWriter message, Consumer<Outcome> onEnd);
  }

  /**
   * @param retryNow see {@link CollectorSender#retryNow}
   */
  SdkRequests(Duration timeout, Delivery delivery, Runnable retryNow) {
    this.timeout = timeout;
    this.delivery = delivery;
    this.retryNow = retryNow;
  }

  Duration timeout() {
    return timeout;
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
    delivery.deliverWithin(
        timeout.toNanos(), new Bytes(copy), outcome -> onEnd(outcome, onResponse));
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

  /** Attempts at once the request that waits for its next attempt. */
  void retryNow() {
    retryNow.run();
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

  @Override
  public CompletableResultCode shutdown() {
    return CompletableResultCode
        .ofSuccess(); // CollectorSenders closes the channel, which others may still use
  }
}
