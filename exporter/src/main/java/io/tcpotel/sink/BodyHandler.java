// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.sink;

import com.google.protobuf.InvalidProtocolBufferException;
import io.tcpotel.telemetry.Signal;

/** Handles requests as encoded bytes, decompressed. Called from any number of threads. */
@FunctionalInterface
public interface BodyHandler {
  /** The response that accepts everything. */
  byte[] ACCEPTED = {};

  /**
   * Returns the encoded response message, which may be a partial success. {@code body} belongs to
   * the handler.
   *
   * @throws InvalidProtocolBufferException if the body is malformed
   * @throws io.grpc.StatusRuntimeException to answer with that status
   */
  byte[] onBody(Signal signal, byte[] body) throws InvalidProtocolBufferException;
}
