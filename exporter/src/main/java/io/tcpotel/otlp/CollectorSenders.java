// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.common.export.GrpcSender;
import io.opentelemetry.sdk.common.export.GrpcSenderConfig;
import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.tcpotel.Messages;
import io.tcpotel.telemetry.Signal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;

/**
 * Gives the SDK's exporters their sender. Signals that go to the same endpoint with the same trust
 * share one channel.
 */
public final class CollectorSenders implements GrpcSenderProvider, AutoCloseable {
  /** Silenced: the senders report failures. A field, because loggers are held weakly. */
  private static final Logger EXPORTER_LOG = Logger.getLogger("io.opentelemetry.exporter");

  private final Messages messages;
  private final Map<CollectorTarget, CollectorChannel> channels = new HashMap<>();
  private final Map<Signal, CollectorSender> senders = new EnumMap<>(Signal.class);
  private final Map<Signal, SdkRequests> requests = new EnumMap<>(Signal.class);
  private OtelSettings settings;

  public CollectorSenders(Messages messages) {
    this.messages = messages;
    EXPORTER_LOG.setLevel(Level.OFF);
  }

  /** The configuration that the exporters to come are made from. */
  public void setSettings(OtelSettings settings) {
    this.settings = settings;
  }

  @Override
  public GrpcSender createSender(GrpcSenderConfig config) {
    Signal signal = signal(config.getFullMethodName());
    CollectorTarget target = settings.target(signal);
    CollectorChannel channel =
        channels.computeIfAbsent(
            target,
            any ->
                new CollectorChannel(
                    target.address(), tls(target.tls()), config.getConnectTimeout()));
    CollectorSender sender = new CollectorSender(signal, channel, config, messages);
    senders.put(signal, sender);
    requests.put(
        signal, new SdkRequests(config.getTimeout(), sender::deliverWithin, sender::retryNow));
    return requests(signal);
  }

  /** The context of the files as they are at each call; null without any. */
  private Supplier<SSLContext> tls(TlsFiles files) {
    SSLContext first = files.context();
    AtomicReference<SSLContext> last = new AtomicReference<>(first);
    return first == null ? null : () -> last.updateAndGet(kept -> context(files, kept));
  }

  private SSLContext context(TlsFiles files, SSLContext kept) {
    try {
      return files.context();
    } catch (RuntimeException e) {
      messages.sayOnceAMinute(
          "tls files", "TLS: the last content of the files is used: " + e.getMessage());
      return kept;
    }
  }

  /** {@code opentelemetry.proto.collector.logs.v1.LogsService/Export} is {@link Signal#LOGS}. */
  private static Signal signal(String fullMethodName) {
    String service = fullMethodName.substring(0, fullMethodName.indexOf("Service/"));
    return switch (service.substring(service.lastIndexOf('.') + 1)) {
      case "Logs" -> Signal.LOGS;
      case "Metrics" -> Signal.METRICS;
      case "Trace" -> Signal.TRACES;
      default -> throw new IllegalArgumentException(fullMethodName);
    };
  }

  /** The sender of {@code signal}. */
  public CollectorSender sender(Signal signal) {
    return Objects.requireNonNull(senders.get(signal), signal.value());
  }

  /** Of all signals that are on. */
  List<CollectorSender> all() {
    return List.copyOf(senders.values());
  }

  /** See {@link CollectorExport#troubles}. */
  List<String> troubles(Duration limit) {
    return all().stream().flatMap(sender -> sender.contact().trouble(limit).stream()).toList();
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
