// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import io.tcpotel.Failure;
import io.tcpotel.doctor.Finding.Area;
import io.tcpotel.otlp.CollectorTarget;
import io.tcpotel.otlp.CollectorTrial;
import io.tcpotel.otlp.CollectorTrial.Answer;
import io.tcpotel.telemetry.Signal;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;

/** Tries the collector step by step: configuration, name, TCP, TLS, a request of each signal. */
final class CollectorCheck {
  private static final Duration LIMIT = Duration.ofSeconds(5);

  private final List<Finding> findings = new ArrayList<>();
  private final Map<Signal, Answer> answers = new EnumMap<>(Signal.class);

  private final String endpointName;

  private CollectorCheck(String endpointName) {
    this.endpointName = endpointName;
  }

  /**
   * @param otel {@code otel.*} properties that win over the environment
   * @param otelFile {@code otel.*} properties that lose against it
   * @param endpointName the name under which the user sets the collector's address
   */
  static List<Finding> findings(
      Map<String, String> otel, Map<String, String> otelFile, String endpointName) {
    CollectorCheck check = new CollectorCheck(endpointName);
    try (CollectorTrial trial = new CollectorTrial(otel, otelFile)) {
      check.run(trial);
    } catch (Failure failure) {
      failure.parts().forEach(check::addConfiguration);
    }
    return check.findings;
  }

  private void addConfiguration(Failure failure) {
    String name = findings.isEmpty() ? "configuration" : "configuration " + (findings.size() + 1);
    findings.add(Area.COLLECTOR.failed(name, failure));
  }

  private void run(CollectorTrial trial) {
    Map<CollectorTarget, List<String>> signals = new LinkedHashMap<>();
    for (Signal signal : CollectorTrial.SIGNALS) {
      CollectorTarget target = trial.targets().get(signal);
      if (target != null) {
        signals.computeIfAbsent(target, any -> new ArrayList<>()).add(signal.value());
      }
    }
    Map<CollectorTarget, Boolean> reached = new HashMap<>();
    signals.forEach(
        (target, names) -> {
          String suffix = signals.size() == 1 ? "" : " (" + String.join(", ", names) + ")";
          reached.put(target, reach(target, suffix));
        });
    ask(trial, reached);
    Failure traces = trial.tracesProblem();
    for (Signal signal : CollectorTrial.SIGNALS) {
      findings.add(
          signal == Signal.TRACES && traces != null
              ? Area.COLLECTOR.warning(signal.value(), traces)
              : answered(signal, trial.targets().get(signal)));
    }
  }

  /** Whether the target can be reached. */
  private boolean reach(CollectorTarget target, String suffix) {
    ok("endpoint" + suffix, target.address().toString());
    InetAddress[] addresses;
    try {
      addresses = InetAddress.getAllByName(target.address().host());
      ok("address" + suffix, text(addresses));
    } catch (UnknownHostException e) {
      add(Problem.HOST_UNKNOWN.finding(target.address().host(), endpointName), suffix);
      return false;
    }
    InetSocketAddress connected = connect(addresses, target.address().port(), suffix);
    if (connected == null) {
      return false;
    }
    if (target.address().isPlainText()) {
      add(plainText(target), suffix);
      return true;
    }
    Finding tls =
        new TlsCheck(target.address().name(), connected, LIMIT).finding(target.tls().context());
    add(tls, suffix);
    return !tls.state().isBad();
  }

  static Finding plainText(CollectorTarget target) {
    return target.showsHeaders()
        ? Problem.HEADERS_IN_PLAIN_TEXT.finding()
        : Area.COLLECTOR.skipped("TLS", "plain text, by the endpoint's scheme");
  }

  private void add(Finding it, String suffix) {
    findings.add(new Finding(it.area(), it.name() + suffix, it.state(), it.found(), it.remedy()));
  }

  private void ok(String name, String found) {
    findings.add(Area.COLLECTOR.ok(name, found));
  }

  private static String text(InetAddress[] addresses) {
    return Arrays.stream(addresses)
        .map(InetAddress::getHostAddress)
        .distinct()
        .collect(Collectors.joining(", "));
  }

  /** The first address that accepts a connection, in gRPC's order; null if none does. */
  private InetSocketAddress connect(InetAddress[] addresses, int port, String suffix) {
    Map<String, String> refusals = new LinkedHashMap<>();
    for (InetAddress address : addresses) {
      InetSocketAddress candidate = new InetSocketAddress(address, port);
      try (Socket socket = new Socket()) {
        socket.connect(candidate, Math.toIntExact(LIMIT.toMillis()));
        ok("TCP" + suffix, "connected to " + text(candidate));
        return candidate;
      } catch (IOException e) {
        refusals.put(text(candidate), e.getMessage());
      }
    }
    String reasons =
        refusals.entrySet().stream()
            .map(refusal -> refusal.getKey() + ": " + refusal.getValue())
            .collect(Collectors.joining("; "));
    add(Problem.NOT_CONNECTED.finding(reasons, endpointName), suffix);
    return null;
  }

  private static String text(InetSocketAddress address) {
    String host = address.getAddress().getHostAddress();
    return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
  }

  /** Sends all requests at once, so that a collector that hangs costs the limit only once. */
  private void ask(CollectorTrial trial, Map<CollectorTarget, Boolean> reached) {
    Map<Signal, CompletableFuture<Answer>> asked = new EnumMap<>(Signal.class);
    trial
        .targets()
        .forEach(
            (signal, target) -> {
              if (reached.get(target)) {
                asked.put(signal, trial.ask(signal, LIMIT));
              }
            });
    asked.forEach((signal, answer) -> answers.put(signal, answer.join()));
  }

  private Finding answered(Signal asked, CollectorTarget target) {
    String signal = asked.value();
    if (target == null) {
      String name = "OTEL_" + signal.toUpperCase(java.util.Locale.ROOT) + "_EXPORTER";
      return Area.COLLECTOR.skipped(signal, "switched off by " + name + "=none");
    }
    Answer answer = answers.get(asked);
    if (answer == null) {
      return Area.COLLECTOR.skipped(signal, "the collector was not reached");
    }
    return switch (answer.code()) {
      case "OK" -> Area.COLLECTOR.ok(signal, "an empty request was accepted");
      case "UNIMPLEMENTED" -> unimplemented(asked);
      default -> problem(answer, target).finding(signal, answer.text());
    };
  }

  /** A warning as long as the collector accepts another signal. */
  private Finding unimplemented(Signal asked) {
    String signal = asked.value();
    if (asked == Signal.TRACES) {
      return Area.COLLECTOR.skipped(signal, "not accepted, and not sent unless asked for");
    }
    boolean noneIsAccepted =
        answers.entrySet().stream()
            .filter(answer -> answer.getKey() != Signal.TRACES)
            .allMatch(answer -> answer.getValue().code().equals("UNIMPLEMENTED"));
    Problem problem = noneIsAccepted ? Problem.NO_SIGNAL_ACCEPTED : Problem.SIGNAL_NOT_ACCEPTED;
    return problem.finding(signal);
  }

  private static Problem problem(Answer answer, CollectorTarget target) {
    return switch (answer.code()) {
      case "UNAUTHENTICATED", "PERMISSION_DENIED" -> Problem.UNAUTHENTICATED;
      case "UNAVAILABLE", "INTERNAL", "UNKNOWN" ->
          target.address().isPlainText() ? Problem.PLAIN_PORT_FAILS : Problem.TLS_PORT_FAILS;
      case "DEADLINE_EXCEEDED" -> Problem.SLOW;
      default -> Problem.REFUSED;
    };
  }
}
