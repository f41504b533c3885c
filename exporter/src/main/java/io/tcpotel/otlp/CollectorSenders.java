// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.autoconfigure.spi.ConfigProperties;
import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.tcpotel.ForeignText;
import io.tcpotel.Messages;
import io.tcpotel.telemetry.Signal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/**
 * Gives the SDK's exporters their sender. Signals that go to the same endpoint with the same trust
 * share one channel.
 */
public final class CollectorSenders implements GrpcSenderProvider, AutoCloseable {
  private record ChannelKey(Object endpoint, Object trust, Object connectTimeout) {}

  /** Silenced: the senders report failures. A field, because loggers are held weakly. */
  private static final Logger EXPORTER_LOG = Logger.getLogger("io.opentelemetry.exporter");

  private static final String PREFIX = "otel.exporter.otlp.";

  private final Messages messages;
  private final Map<ChannelKey, CollectorChannel> channels = new HashMap<>();
  private final Map<Signal, CollectorSender> senders = new EnumMap<>(Signal.class);
  private final Map<Signal, SdkRequests> requests = new EnumMap<>(Signal.class);
  private ConfigProperties properties;

  public CollectorSenders(Messages messages) {
    this.messages = messages;
    EXPORTER_LOG.setLevel(Level.OFF);
  }

  /** The configuration that the exporters to come are made from. */
  public void setProperties(ConfigProperties properties) {
    this.properties = properties;
  }

  @Override
  public GrpcSender createSender(GrpcSenderConfig config) {
    Signal signal = signal(config.getFullMethodName());
    keepSecret(config.getHeadersSupplier().get());
    ChannelKey key =
        new ChannelKey(config.getEndpoint(), trust(signal), config.getConnectTimeout());
    CollectorChannel channel = channels.computeIfAbsent(key, any -> new CollectorChannel(config));
    CollectorSender sender = new CollectorSender(signal, channel, config, messages);
    senders.put(signal, sender);
    requests.put(signal, new SdkRequests(config.getTimeout(), sender::deliverWithin));
    return requests(signal);
  }

  /** A server may cite the header that it refuses. */
  private static void keepSecret(Map<String, List<String>> headers) {
    if (headers != null) {
      headers.values().forEach(values -> values.forEach(ForeignText::keepSecret));
    }
  }

  /**
   * What the signal's TLS is made from: the SDK makes a context for each exporter, also of the same
   * files, and contexts cannot be compared.
   */
  private List<String> trust(Signal signal) {
    List<String> files = new ArrayList<>();
    for (String name : List.of("certificate", "client.key", "client.certificate")) {
      String general = properties.getString(PREFIX + name);
      files.add(
          properties.getString(PREFIX + signal.value() + "." + name, String.valueOf(general)));
    }
    return files;
  }

  /** {@code opentelemetry.proto.collector.logs.v1.LogsService/Export} is {@link Signal#LOGS}. */
  private static Signal signal(String fullMethodName) {
    String service = fullMethodName.substring(0, fullMethodName.indexOf("Service/"));
    return Signal.valueOf(service.substring(service.lastIndexOf('.') + 1).toUpperCase(Locale.ROOT));
  }

  /** The sender of {@code signal}. */
  public CollectorSender sender(Signal signal) {
    return Objects.requireNonNull(senders.get(signal), signal.value());
  }

  /** What the SDK's exporter of {@code signal} was given in front of it. */
  SdkRequests requests(Signal signal) {
    return Objects.requireNonNull(requests.get(signal), signal.value());
  }

  /** The collectors' addresses, for people. */
  String endpoints() {
    return senders.values().stream()
        .map(sender -> sender.channel().endpoint().toString())
        .distinct()
        .collect(Collectors.joining(", "));
  }

  @Override
  public void close() {
    senders.values().forEach(CollectorSender::close);
    channels.values().forEach(CollectorChannel::close);
  }
}
