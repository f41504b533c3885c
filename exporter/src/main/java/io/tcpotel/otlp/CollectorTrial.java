// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.telemetry.Signal;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Finds out whether a collector takes each signal: one attempt at an empty request, with the
 * configuration of an export.
 */
public final class CollectorTrial implements AutoCloseable {
  /** The signals that this program sends. */
  public static final List<Signal> SIGNALS = List.of(Signal.values());

  private final CollectorSenders senders =
      new CollectorSenders(new Messages(new PrintStream(OutputStream.nullOutputStream())));
  private final Map<Signal, CollectorTarget> targets = new LinkedHashMap<>();
  private Failure tracesProblem;

  /**
   * A collector's answer.
   *
   * @param code the name of gRPC's status code
   * @param text code, description and cause, without any header's value
   */
  public record Answer(String code, String text) {}

  /**
   * Reads the configuration, or throws a {@link Failure}. What is wrong about traces alone, which
   * are sent only if asked for, is kept.
   *
   * @param otel {@code otel.*} properties that win over the environment
   * @param otelFile {@code otel.*} properties that lose against it
   */
  public CollectorTrial(Map<String, String> otel, Map<String, String> otelFile) {
    try {
      EnumSet<Signal> required = EnumSet.complementOf(EnumSet.of(Signal.TRACES));
      OtelSettings settings = OtelSettings.read(otel, otelFile, "", required, senders);
      try {
        settings = OtelSettings.read(otel, otelFile, "", EnumSet.allOf(Signal.class), senders);
      } catch (Failure e) {
        tracesProblem = e.parts().get(0);
      }
      readTargets(settings);
    } catch (Failure e) {
      close();
      throw e;
    }
  }

  private void readTargets(OtelSettings settings) {
    senders.setSettings(settings);
    if (settings.signals().contains(Signal.LOGS)) {
      OtlpExporters.logs(settings.properties());
      targets.put(Signal.LOGS, settings.target(Signal.LOGS));
    }
    if (settings.signals().contains(Signal.TRACES)) {
      OtlpExporters.traces(settings.properties());
      targets.put(Signal.TRACES, settings.target(Signal.TRACES));
    }
    if (settings.signals().contains(Signal.METRICS)) {
      OtlpExporters.metrics(settings.properties());
      targets.put(Signal.METRICS, settings.target(Signal.METRICS));
    }
  }

  /** The targets of the signals that are not switched off. */
  public Map<Signal, CollectorTarget> targets() {
    return Map.copyOf(targets);
  }

  /** Null if traces could be sent. */
  public Failure tracesProblem() {
    return tracesProblem;
  }

  /** Sends an empty request of {@code signal}; the answer comes within {@code limit}. */
  public CompletableFuture<Answer> ask(Signal signal, Duration limit) {
    CompletableFuture<Answer> answer = new CompletableFuture<>();
    CollectorSender sender = senders.sender(signal);
    sender.giveUp(); // no second attempt
    sender.deliver(
        new EmptyRequest(), limit.toNanos(), outcome -> answer.complete(answer(outcome)));
    return answer.completeOnTimeout(
        new Answer("DEADLINE_EXCEEDED", "no answer within " + limit.toSeconds() + " s"),
        limit.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  private static Answer answer(CollectorSender.Outcome outcome) {
    String text = SenderMessages.reason(outcome.status());
    return new Answer(outcome.status().getCode().name(), text);
  }

  @Override
  public void close() {
    senders.close();
  }
}
