// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bench;

import io.opentelemetry.context.Context;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.telemetry.ConnectionMetrics;
import io.tcpotel.telemetry.MetricKeys;
import io.tcpotel.telemetry.MetricModes;
import io.tcpotel.workload.Workload;
import java.time.InstantSource;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** From a record into all instruments, per record. */
@State(Scope.Thread)
@OperationsPerInvocation(MixRing.RECORDS)
public class MetricsBenchmark extends PartBenchmark {
  private final ConnectionRecord[] ends = new MixRing().records();
  private final ConnectionMetrics metrics = metrics(MetricKeys.By.PEER_NAME);
  private final ConnectionMetrics metricsByPair = metrics(MetricKeys.By.ADDRESS_PAIR);
  private final SdkMetrics sdk = new SdkMetrics(CollectedNever.provider());

  private static ConnectionMetrics metrics(MetricKeys.By by) {
    return new ConnectionMetrics(MetricModes.cumulative(MetricKeys.of(by)), InstantSource.system());
  }

  /** This program's: series are found, and their attributes are there. */
  @Benchmark
  public ConnectionMetrics record() {
    for (ConnectionRecord end : ends) {
      metrics.record(end, ErrorType.of(end), Workload.AGENT, null);
    }
    return metrics;
  }

  /** With --metrics-by address-pair. */
  @Benchmark
  public ConnectionMetrics recordByAddressPair() {
    for (ConnectionRecord end : ends) {
      metricsByPair.record(end, ErrorType.of(end), Workload.AGENT, null);
    }
    return metricsByPair;
  }

  /** With attributes made for each record. */
  @Benchmark
  public SdkMetrics recordBySdk() {
    for (ConnectionRecord end : ends) {
      sdk.recordEnd(end, ErrorType.of(end), Context.root());
    }
    return sdk;
  }
}
