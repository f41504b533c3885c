// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.util.function.BiConsumer;

/**
 * One gRPC call for a request. Its end is reported whatever is thrown, on any thread; it may be
 * reported twice.
 */
final class Attempt extends ClientCall.Listener<byte[]> {
  private final PendingRequest request;
  private final BiConsumer<Attempt, AttemptEnd> onEnd;
  private final CollectorAnswer answer = new CollectorAnswer();
  private volatile ClientCall<MessageWriter, byte[]> call;
  private byte[] response = new byte[0];

  /**
   * @param onEnd called on any thread
   */
  Attempt(PendingRequest request, BiConsumer<Attempt, AttemptEnd> onEnd) {
    this.request = request;
    this.onEnd = onEnd;
  }

  PendingRequest request() {
    return request;
  }

  byte[] response() {
    return response;
  }

  /** Observes the call that {@link #start} will be given. */
  CollectorAnswer answer() {
    return answer;
  }

  void start(ClientCall<MessageWriter, byte[]> call, Metadata headers, boolean gzip) {
    this.call = call;
    call.start(this, headers);
    call.setMessageCompression(gzip);
    call.request(1);
    call.sendMessage(new Message());
    call.halfClose();
  }

  /** The program could not send the request. */
  void fail(Throwable reason) {
    onEnd.accept(this, AttemptEnd.unsendable(reason));
    cancel(reason.toString());
  }

  void cancel(String why) {
    if (call != null) {
      call.cancel(why, null);
    }
  }

  @Override
  public void onMessage(byte[] message) {
    response = message;
  }

  @Override
  public void onClose(Status status, Metadata trailers) {
    onEnd.accept(this, answer.end(status, trailers));
  }

  /** The request's message; gRPC may write it later, on a thread whose errors nobody sees. */
  private final class Message implements MessageWriter {
    @Override
    public void writeMessage(OutputStream out) throws IOException {
      try {
        request.message().writeMessage(out);
      } catch (Throwable e) {
        fail(e);
        throw e;
      }
    }

    @Override
    public int getContentLength() {
      return request.message().getContentLength();
    }
  }
}
