// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Drainable;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;

/**
 * An encoded request as gRPC takes it: of known length, written by one copy into the transport's
 * buffers.
 */
final class RequestStream extends InputStream implements Drainable, KnownLength {
  private final MessageWriter message;
  private int remaining;

  private RequestStream(MessageWriter message) {
    this.message = message;
    this.remaining = message.getContentLength();
  }

  @Override
  public int drainTo(OutputStream target) throws IOException {
    int written = remaining;
    message.writeMessage(target);
    remaining = 0;
    return written;
  }

  @Override
  public int available() {
    return remaining;
  }

  /** gRPC drains; it never reads byte by byte. */
  @Override
  public int read() throws IOException {
    throw new IOException("to be drained, not read");
  }

  /** Requests from a {@link MessageWriter}, responses as bytes. */
  static MethodDescriptor<MessageWriter, byte[]> method(String fullMethodName) {
    return MethodDescriptor.<MessageWriter, byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.UNARY)
        .setFullMethodName(fullMethodName)
        .setRequestMarshaller(new Requests())
        .setResponseMarshaller(new Responses())
        .build();
  }

  private static final class Requests implements MethodDescriptor.Marshaller<MessageWriter> {
    @Override
    public InputStream stream(MessageWriter message) {
      return new RequestStream(message);
    }

    @Override
    public MessageWriter parse(InputStream stream) {
      throw new UnsupportedOperationException("a client does not read requests");
    }
  }

  private static final class Responses implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] message) {
      throw new UnsupportedOperationException("a client does not write responses");
    }

    @Override
    public byte[] parse(InputStream stream) {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try {
        stream.transferTo(bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      return bytes.toByteArray();
    }
  }
}
