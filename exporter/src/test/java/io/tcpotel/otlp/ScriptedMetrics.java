// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Status;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceResponse;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.common.InstrumentationScopeInfo;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.common.export.MessageWriter;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.data.LongPointData;
import io.opentelemetry.sdk.metrics.data.MetricData;
import io.opentelemetry.sdk.metrics.export.MetricExporter;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableLongPointData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableMetricData;
import io.opentelemetry.sdk.metrics.internal.data.ImmutableSumData;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.otlp.CollectorSender.Outcome;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** The SDK's exporter and a collector, without a socket: requests end as the test wants. */
final class ScriptedMetrics implements MetricExporter {
  static final Duration TIMEOUT = Duration.ofMillis(700);

  private static final Outcome NONE = new Outcome(Status.UNKNOWN, new byte[0], false);

  final SdkRequests requests = new SdkRequests(TIMEOUT, this::deliver, () -> {});

  /** Bytes of a request for each of its points. */
  int pointBytes = 1;

  AggregationTemporality temporality = AggregationTemporality.CUMULATIVE;

  private final Deque<Outcome> outcomes = new ArrayDeque<>();
  private final List<String> sent = new ArrayList<>();
  private final List<Integer> deliveredBytes = new ArrayList<>();

  static MetricData sum(String name, int points, AggregationTemporality temporality) {
    LongPointData point = ImmutableLongPointData.create(0, 1, Attributes.empty(), 1);
    return ImmutableMetricData.createLongSum(
        Resource.empty(),
        InstrumentationScopeInfo.empty(),
        name,
        "",
        "",
        ImmutableSumData.create(true, temporality, Collections.nCopies(points, point)));
  }

  /** The end of the next request for which none is said yet; all others are accepted. */
  void answer(Status.Code code) {
    outcomes.add(new Outcome(code.toStatus(), new byte[0], false));
  }

  void answerTooLarge() {
    outcomes.add(new Outcome(Status.OUT_OF_RANGE, new byte[0], true));
  }

  void answerRejecting(long points) {
    ExportMetricsServiceResponse.Builder response = ExportMetricsServiceResponse.newBuilder();
    response.getPartialSuccessBuilder().setRejectedDataPoints(points).setErrorMessage("too old");
    outcomes.add(new Outcome(Status.OK, response.build().toByteArray(), false));
  }

  void answerNothing() {
    outcomes.add(NONE);
  }

  /** Since the last call: the metrics of each request with their numbers of points. */
  List<String> sent() {
    List<String> now = List.copyOf(sent);
    sent.clear();
    return now;
  }

  /** The sizes of the requests that were sent. */
  List<Integer> deliveredBytes() {
    return deliveredBytes;
  }

  private void deliver(long limitNs, MessageWriter message, Consumer<Outcome> onEnd) {
    if (limitNs != TIMEOUT.toNanos()) {
      throw new AssertionError(limitNs);
    }
    deliveredBytes.add(message.getContentLength());
    Outcome next = outcomes.isEmpty() ? null : outcomes.poll();
    if (next != NONE) {
      onEnd.accept(next == null ? new Outcome(Status.OK, new byte[0], false) : next);
    }
  }

  @Override
  public CompletableResultCode export(Collection<MetricData> metrics) {
    sent.add(
        metrics.stream()
            .map(metric -> metric.getName() + " " + metric.getData().getPoints().size())
            .collect(Collectors.joining(", ")));
    CompletableResultCode result = new CompletableResultCode();
    byte[] bytes = new byte[MetricParts.points(metrics) * pointBytes];
    requests.send(message(bytes), response -> result.succeed(), failure -> result.fail());
    return result;
  }

  static MessageWriter message(byte[] bytes) {
    return new MessageWriter() {
      @Override
      public void writeMessage(OutputStream output) throws IOException {
        output.write(bytes);
      }

      @Override
      public int getContentLength() {
        return bytes.length;
      }
    };
  }

  @Override
  public AggregationTemporality getAggregationTemporality(InstrumentType type) {
    return type == InstrumentType.COUNTER ? temporality : AggregationTemporality.CUMULATIVE;
  }

  @Override
  public MemoryMode getMemoryMode() {
    return MemoryMode.REUSABLE_DATA;
  }

  @Override
  public CompletableResultCode flush() {
    return CompletableResultCode.ofSuccess();
  }

  @Override
  public CompletableResultCode shutdown() {
    return CompletableResultCode.ofSuccess();
  }
}
