// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.KnownLength;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.InputStream;

/** The encoded message of a request, decompressed. */
@FunctionalInterface
interface Body {
  /** The bytes; throws the reason if there are none. */
  byte[] bytes() throws InvalidProtocolBufferException;

  /** Reads bodies. It does not throw, since gRPC would answer UNKNOWN and log a stack trace. */
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
      // An uncompressed message is in memory as a whole: this copies it once, readAllBytes twice.
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
