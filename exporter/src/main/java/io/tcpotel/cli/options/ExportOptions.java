// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli.options;

import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.otlp.CollectorExport;
import io.tcpotel.pipeline.Agent;
import io.tcpotel.record.AddressUse;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.LogEvent;
import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.MetricModes;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.thinning.Thinning;
import io.tcpotel.workload.PeerNames;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command that sends records to a collector. */
public final class ExportOptions {
  /** A signal that can be sent. */
  enum SentSignal {
    LOGS(Signal.LOGS),
    METRICS(Signal.METRICS),
    TRACES(Signal.TRACES);

    private final Signal signal;

    SentSignal(Signal signal) {
      this.signal = signal;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** An event that becomes a log record. */
  enum Event {
    END(LogEvent.END),
    UPDATE(LogEvent.UPDATE),
    START(LogEvent.START);

    private final LogEvent event;

    Event(LogEvent event) {
      this.event = event;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Mixin private CollectorOptions collector;

  @Mixin private DeliveryOptions delivery;

  @Mixin private LogOptions log;

  @Mixin private PairIdOptions pairIds;

  @Mixin private ThinningOptions thinning;

  @Mixin private AddressOption addresses;

  @Option(
      names = "--signals",
      split = ",",
      paramLabel = "SIGNAL",
      defaultValue = "logs,metrics",
      description = "Signals to send: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Set<SentSignal> signals;

  @Option(
      names = "--log-events",
      split = ",",
      paramLabel = "EVENT",
      defaultValue = "end",
      description =
          "Events that become log records: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).")
  private Set<Event> logEvents;

  @Option(
      names = "--metrics-by",
      paramLabel = "ATTRIBUTES",
      defaultValue = "peer-name",
      converter = MetricKeysConverter.class,
      description =
          "Besides role and port, the attributes of attempts, durations, io, retransmits and"
              + " round-trip times: peer-name, those of a peer whose name is known; address-pair,"
              + " also local and peer address; address-prefix:/24,/48, also the prefix of the"
              + " peer's address, of these lengths for IPv4 and IPv6; port, none (default:"
              + " ${DEFAULT-VALUE}).")
  private MetricKeys metricKeys;

  @Option(
      names = "--server-ports",
      paramLabel = "PORT,...",
      converter = PortListConverter.class,
      description =
          "Server ports whose series in metrics have a place, however many other ports there are:"
              + " 50 at most.")
  private PortList serverPorts = PortList.NONE;

  @Option(
      names = "--zero-first",
      arity = "1",
      paramLabel = "BOOLEAN",
      defaultValue = "true",
      description =
          "Whether a counter or histogram with cumulative temporality begins with a point of value"
              + " 0, so that Prometheus counts its first burst (default: ${DEFAULT-VALUE}).")
  private boolean zeroFirst;

  @Option(
      names = "--names",
      paramLabel = "FILE",
      description =
          "Names of peers by address, one per line: PREFIX NAME [NAMESPACE]. The longest prefix"
              + " decides. The file is read again when it changes.")
  private Path names;

  /** The properties of OpenTelemetry's own configuration that they set. */
  public Map<String, String> otel() {
    return collector.otel();
  }

  /**
   * @param otel {@link #otel}; null if it failed
   * @param otelFile the properties of the configuration file
   * @param source what is seen of the host; see {@link CollectorExport.Settings}
   * @param content {@link #logContent}; null if it failed
   */
  public CollectorExport.Settings settings(
      Map<String, String> otel, Map<String, String> otelFile, String source, LogContent content) {
    Set<Signal> wanted = EnumSet.noneOf(Signal.class);
    signals.forEach(sent -> wanted.add(sent.signal));
    return new CollectorExport.Settings(
        otel == null ? Map.of() : otel,
        otelFile,
        wanted,
        content,
        delivery.bounds(),
        MetricModes.DEFAULT_LIMIT,
        source);
  }

  MetricKeys metricKeys() {
    return metricKeys.withServerPorts(serverPorts.ports());
  }

  /** Reads the key file, if there is one; throws a {@link Failure} if it, or a name, is wrong. */
  public LogContent logContent() {
    AddressUse use = addresses.use();
    if (use == AddressUse.NONE && metricKeys.hasAddresses()) {
      throw Failure.usage(
          "--metrics-by",
          "addresses, which --addresses leaves out, cannot be attributes",
          "write peer-name or port, or --addresses masked");
    }
    return new LogContent(log.attributes(use), log.body(), use, pairIds.logIds());
  }

  public boolean hasUpdates() {
    return logEvents.contains(Event.UPDATE);
  }

  /** Reads the names file, if there is one; throws a {@link Failure} if it cannot be used. */
  public PeerNames peerNames() {
    return names == null ? PeerNames.none() : PeerNames.of(names);
  }

  /** The files that are read after the start. */
  public List<Path> files() {
    List<Path> files = new ArrayList<>(pairIds.files());
    if (names != null) {
      files.add(names);
    }
    return files;
  }

  /** Says at the start what is not safe. */
  public void sayUnsafe(Messages messages) {
    pairIds.sayPublic(messages);
  }

  /** Throws a {@link Failure} if the options that leave out log records do not go together. */
  public Thinning.Rules thinningRules() {
    return thinning.rules();
  }

  /**
   * @param content {@link #logContent}
   */
  public Agent.Telemetry telemetry(LogContent content, PeerNames peerNames) {
    Thinning.Rules rules = thinning.rules();
    Thinning thinned = rules.thin() ? new Thinning(rules, content.ids().key()) : null;
    return new Agent.Telemetry(
        metricKeys(), zeroFirst, logKinds(), content.addresses(), thinned, peerNames);
  }

  /** The kinds of records that become log records. */
  Set<RecordKind> logKinds() {
    Set<RecordKind> kinds = EnumSet.noneOf(RecordKind.class);
    logEvents.forEach(wanted -> kinds.addAll(wanted.event.kinds()));
    return kinds;
  }
}
