// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;

/** A request's message as it is on the wire, decompressed. */
@FunctionalInterface
interface Body {
  /** The bytes, or why there are none. */
  byte[] bytes() throws InvalidProtocolBufferException;

  /** Reads bodies. If it threw, gRPC would answer UNKNOWN and log a stack trace: the body does. */
  final class Marshaller implements MethodDescriptor.Marshaller<Body> {
    @Override
    public Body parse(InputStream stream) {
      try {
        byte[] bytes = read(stream);
        return () -> bytes;
      } catch (IOException e) {
        return () -> {
          throw new InvalidProtocolBufferException(e);
        };
      } catch (StatusRuntimeException e) {
        return () -> {
          throw e;
        };
      }
    }

    private static byte[] read(InputStream stream) throws IOException {
      if (!(stream instanceof KnownLength)) {
        return stream.readAllBytes();
      }
      // Uncompressed, the whole message is at hand: it is copied once, where readAllBytes copies
      // twice.
      byte[] bytes = new byte[stream.available()];
      stream.readNBytes(bytes, 0, bytes.length);
      return bytes;
    }

    @Override
    public InputStream stream(Body body) {
      throw new UnsupportedOperationException("a receiver sends no requests");
    }
  }
}
