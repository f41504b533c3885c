// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.MessageWriter;
import java.util.function.Consumer;

/** For exporters that are made for the sake of their configuration alone. */
final class NoSender implements GrpcSender {
  @Override
  public void send(
      MessageWriter request, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
    throw new IllegalStateException("nothing is sent");
  }

  @Override
  public CompletableResultCode shutdown() {
    return CompletableResultCode.ofSuccess();
  }
}
