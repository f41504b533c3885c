// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.protobuf.InvalidProtocolBufferException;
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
        byte[] bytes = stream.readAllBytes();
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

    @Override
    public InputStream stream(Body body) {
      throw new UnsupportedOperationException("a receiver sends no requests");
    }
  }
}
