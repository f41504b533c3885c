// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.opentelemetry.sdk.common.export.GrpcSenderProvider;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.tcpotel.Failure;
import io.tcpotel.Messages;
import io.tcpotel.Setting;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.LogContent;
import io.tcpotel.telemetry.LogIds;
import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.MetricModes;
import io.tcpotel.telemetry.SelfMetrics;
import io.tcpotel.telemetry.Signal;
import io.tcpotel.workload.WorkloadTable;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Everything between the records and the collector, put together from the configuration: one
 * channel, the log delivery, the meter provider with its collection. Owns the collection's timer
 * thread.
 */
public final class CollectorExport implements AutoCloseable {
  private static final long CLOSE_MS = 500;

  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(1, CollectorExport::daemon);
  private final CollectorSenders senders;
  private final WorkloadTable workloads;
  private final WorkloadResources resources;
  private final RecordDeliveries deliveries;
  private final MetricCollection metrics;
  private final SdkMeterProvider meterProvider;
  private final int seriesLimit;
  private final LogIds exemplars;

  /** Null before there are any. */
  private volatile ConnectionMetrics connections;

  /**
   * What the program's options say about the export.
   *
   * @param otel {@code otel.*} properties that win over the environment; null unsets one
   * @param otelFile {@code otel.*} properties that lose against it
   * @param signals to export
   * @param content of log records
   * @param bounds of memory, requests and retries
   * @param cardinalityLimit of all series about connections together, and of each instrument about
   *     this program
   * @param source what the agent sees of the host, in words that are the same at each start; empty:
   *     all of it
   */
  public record Settings(
      Map<String, String> otel,
      Map<String, String> otelFile,
      Set<Signal> signals,
      LogContent content,
      RecordDelivery.Bounds bounds,
      int cardinalityLimit,
      String source) {
    /** The certificates and keys that these settings or {@code environment} name. */
    public List<Path> tlsFiles(Map<String, String> environment) {
      return TlsFiles.named(otelFile, environment, otel);
    }

    /** The spool's directory, if there is one. */
    public List<Path> spool() {
      return bounds.spool() == null ? List.of() : List.of(bounds.spool());
    }

    private OtelSettings read(GrpcSenderProvider senders) {
      return OtelSettings.read(otel, otelFile, source, signals, senders);
    }
  }

  /** Everything has the agent's resource. */
  public CollectorExport(Settings settings, Messages messages, Runnable onRoom) {
    this(settings, WorkloadTable.ofAgent(), messages, onRoom);
  }

  /**
   * Reads the rest of the configuration and makes the channel, which connects at once.
   *
   * @param workloads to which connections belong
   * @param onRoom called when a buffer has become free while log records wait
   */
  public CollectorExport(
      Settings settings, WorkloadTable workloads, Messages messages, Runnable onRoom) {
    this.workloads = workloads;
    this.senders = new CollectorSenders(messages);
    try {
      OtelSettings otel = settings.read(senders);
      senders.setSettings(otel);
      this.resources = otel.workloadResources();
      workloads.onExpiry(resources::forget);
      Set<Signal> on = otel.signals();
      if (on.isEmpty()) {
        throw Failure.usage(Setting.SIGNALS, "every signal is off", "leave logs or metrics on");
      }
      this.deliveries =
          new RecordDeliveries(on, otel, settings, senders, workloads, resources, messages, onRoom);
      this.metrics =
          on.contains(Signal.METRICS) ? metricCollection(otel, settings, messages) : null;
      this.seriesLimit = seriesLimit(otel.cardinalityLimit(settings.cardinalityLimit()), messages);
      this.exemplars = otel.hasExemplars() ? settings.content().ids() : null;
      this.meterProvider = meterProvider(otel);
      on.stream()
          .map(otel::target)
          .filter(CollectorTarget::showsHeaders)
          .map(CollectorTarget::address)
          .distinct()
          .forEach(address -> messages.say(CollectorTarget.shown(address)));
    } catch (Failure e) {
      senders.close();
      timer.shutdownNow();
      throw e;
    }
  }

  /** Throws a {@link Failure} if the rest of the configuration is wrong. */
  public static void requireSound(Settings settings) {
    settings.read(config -> null);
  }

  private static Thread daemon(Runnable task) {
    Thread thread = new Thread(task, "tcpotel-timer");
    thread.setDaemon(true);
    return thread;
  }

  private MetricCollection metricCollection(
      OtelSettings otel, Settings settings, Messages messages) {
    MetricExporter exporter = OtlpExporters.metrics(otel.properties());
    MetricRequests requests =
        new MetricRequests(
            exporter,
            senders.requests(Signal.METRICS),
            Math.min(settings.bounds().requestBytes(), MetricRequests.LARGEST_BYTES),
            messages);
    return new MetricCollection(requests, timer, otel.metricInterval(), messages);
  }

  private static int seriesLimit(int wanted, Messages messages) {
    int limit = MetricModes.seriesLimit(wanted, Runtime.getRuntime().maxMemory());
    if (limit < wanted) {
      messages.say("metrics: the JVM's heap holds " + limit + " series of " + wanted);
    }
    return limit;
  }

  private SdkMeterProvider meterProvider(OtelSettings otel) {
    var builder = SdkMeterProvider.builder().setResource(otel.resource());
    if (metrics != null) {
      builder.registerMetricReader(metrics, (InstrumentType type) -> seriesLimit);
      builder.registerMetricProducer(
          of -> connections == null ? List.of() : connections.produce(of));
    }
    return builder.build();
  }

  /** Makes the metrics about connections, which are collected from now on. */
  public ConnectionMetrics connectionMetrics(MetricKeys keys, boolean zeroFirst) {
    MetricModes modes = MetricModes.of(metrics, keys, seriesLimit, exemplars, zeroFirst);
    connections = new ConnectionMetrics(modes, InstantSource.system(), workloads, resources::of);
    if (metrics != null) {
      metrics.onAnswered(connections::answered);
      metrics.beginWithZeros(zeroFirst);
    }
    return connections;
  }

  /** Has the export tell about itself. */
  public void observe(SelfMetrics self) {
    ExportSelfMetrics own = new ExportSelfMetrics(self);
    deliveries.observe(own);
    if (metrics != null) {
      own.addMetrics(metrics, senders.sender(Signal.METRICS));
    }
    own.addRetries(senders.all());
  }

  /** Asks the collector whether it takes each signal; {@link #troubles} then knows. */
  public void ask() {
    senders.all().forEach(CollectorSender::ask);
  }

  /** Why a signal was not accepted yet, or not for {@code limit}: a line for each. */
  public List<String> troubles(Duration limit) {
    return senders.troubles(limit);
  }

  /** To which connections belong. */
  public WorkloadTable workloads() {
    return workloads;
  }

  /** Where it goes, for people. */
  public String endpoint() {
    return senders.endpoints();
  }

  /** Null if logs are off. */
  public RecordDelivery logs() {
    return deliveries.logs;
  }

  /** Null if traces are off. */
  public RecordDelivery spans() {
    return deliveries.spans;
  }

  /** Those of logs and spans that are on. */
  public List<RecordDelivery> deliveries() {
    return deliveries.all();
  }

  /** Null if metrics are off. */
  public MetricCollection metrics() {
    return metrics;
  }

  /** Without a reader, and so without cost, if metrics are off. */
  public SdkMeterProvider meterProvider() {
    return meterProvider;
  }

  /** Ends all at once; {@link RecordDelivery#finish} comes before. */
  @Override
  public void close() {
    timer.shutdownNow();
    try {
      // A collection reads counters that the caller may be about to close.
      timer.awaitTermination(CLOSE_MS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    senders.close();
    deliveries.close();
  }
}
