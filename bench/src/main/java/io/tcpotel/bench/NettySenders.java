// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.export.GrpcResponse;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.common.export.GrpcStatusCode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.tcpotel.Messages;
import io.tcpotel.otlp.CollectorAddress;
import io.tcpotel.otlp.CollectorChannel;
import io.tcpotel.otlp.CollectorSender;
import io.tcpotel.telemetry.Signal;
import java.util.function.Consumer;

/**
 * This program's channel for the SDK's exporters, with no more in between than they need: they keep
 * a message until its answer has come, so that it is not copied.
 */
final class NettySenders implements GrpcSenderProvider {
  private final Messages messages = new Messages(System.err);

  @Override
  public GrpcSender createSender(GrpcSenderConfig config) {
    CollectorAddress address = CollectorAddress.parse(config.getEndpoint().toString());
    CollectorChannel channel = new CollectorChannel(address, null, config.getConnectTimeout());
    return new Sender(new CollectorSender(Signal.LOGS, channel, config, messages), channel);
  }

  private record Sender(CollectorSender sender, CollectorChannel channel) implements GrpcSender {
    @Override
    public void send(
        MessageWriter message, Consumer<GrpcResponse> onResponse, Consumer<Throwable> onError) {
      long limitNs = sender.config().getTimeout().toNanos();
      sender.deliverWithin(limitNs, message, outcome -> onResponse.accept(response(outcome)));
    }

    @Override
    public CompletableResultCode shutdown() {
      channel.close();
      return CompletableResultCode.ofSuccess();
    }
  }

  private static Response response(CollectorSender.Outcome outcome) {
    GrpcStatusCode code = GrpcStatusCode.fromValue(outcome.status().getCode().value());
    return new Response(code, outcome.status().getDescription(), outcome.response());
  }
}
