// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.opentelemetry.api.metrics.LongCounter;
import io.opentelemetry.sdk.common.export.MemoryMode;
import io.opentelemetry.sdk.metrics.InstrumentType;
import io.opentelemetry.sdk.metrics.SdkMeterProvider;
import io.opentelemetry.sdk.metrics.data.AggregationTemporality;
import io.opentelemetry.sdk.metrics.export.CollectionRegistration;
import io.tcpotel.Messages;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MetricCollectionTest {
  private final ScriptedMetrics collector = new ScriptedMetrics();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final List<Object> scheduled = new ArrayList<>();
  private long nowNs;
  private final MetricCollection metrics = collection();

  private MetricCollection collection() {
    Messages messages = new Messages(new PrintStream(said, true));
    MetricRequests requests = new MetricRequests(collector, collector.requests, 9000, messages);
    return new MetricCollection(requests, timer(), Duration.ofSeconds(7), messages, () -> nowNs);
  }

  /** Keeps what it is asked for. */
  private ScheduledExecutorService timer() {
    return (ScheduledExecutorService)
        Proxy.newProxyInstance(
            getClass().getClassLoader(),
            new Class<?>[] {ScheduledExecutorService.class},
            (proxy, method, arguments) -> {
              scheduled.add(method.getName());
              scheduled.addAll(List.of(arguments));
              return null;
            });
  }

  private LongCounter counter() {
    SdkMeterProvider provider = SdkMeterProvider.builder().registerMetricReader(metrics).build();
    provider.get("test").upDownCounterBuilder("unset").buildWithCallback(unset -> nowNs += 11);
    LongCounter counter = provider.get("test").counterBuilder("count").build();
    counter.add(1);
    return counter;
  }

  @Test
  void collectsAtItsInterval() {
    counter();
    assertThat(scheduled).contains("scheduleAtFixedRate").containsSequence(7000L, 7000L);
    Runnable task = (Runnable) scheduled.get(1);
    afterSeconds(7, task);
    afterSeconds(7, task);
    assertThat(collector.sent()).containsExactly("count 1", "count 1");
    assertThat(metrics.exported()).isEqualTo(2);
    assertThat(metrics.failed()).isZero();
  }

  @Test
  void makesUpForNoneThatItMissed() {
    counter();
    Runnable task = (Runnable) scheduled.get(1);
    afterSeconds(30, task);
    afterSeconds(0, task);
    afterSeconds(3, task);
    assertThat(metrics.exported()).isEqualTo(1);
    afterSeconds(2, task);
    assertThat(metrics.exported()).isEqualTo(2);
  }

  private void afterSeconds(int seconds, Runnable task) {
    nowNs += TimeUnit.SECONDS.toNanos(seconds);
    task.run();
  }

  @ParameterizedTest
  @CsvSource({
    "UNAVAILABLE, CUMULATIVE, 0",
    "UNAVAILABLE, DELTA, 0",
    "INVALID_ARGUMENT, CUMULATIVE, 1",
    "INVALID_ARGUMENT, DELTA, 1",
    "OK, CUMULATIVE, 1",
    "OK, DELTA, 1"
  })
  void aFinalAnswerEndsACollection(
      Status.Code code, AggregationTemporality temporality, int ended) {
    collector.temporality = temporality;
    counter();
    AtomicLong answered = new AtomicLong();
    metrics.onAnswered(answered::incrementAndGet);
    collector.answer(code);
    metrics.exportLast(500);
    assertThat(answered).hasValue(ended);
    metrics.exportLast(500);
    assertThat(answered).as("the next one is accepted").hasValue(ended + 1);
  }

  @Test
  void aCollectionOfWhichSomethingIsRefusedOrRejectedHasFailed() {
    counter();
    List<Long> tookNs = new ArrayList<>();
    metrics.onCollected(tookNs::add);
    collector.answer(Status.Code.INVALID_ARGUMENT);
    collector.answerRejecting(1);
    assertThat(metrics.forceFlush().isSuccess()).isFalse();
    assertThat(metrics.forceFlush().isSuccess()).isFalse();
    assertThat(metrics.forceFlush().isSuccess()).isTrue();
    assertThat(metrics.failed()).isEqualTo(2);
    assertThat(metrics.exported()).isEqualTo(1);
    assertThat(metrics.points().failed()).isEqualTo(Map.of("INVALID_ARGUMENT", 1L));
    assertThat(metrics.points().rejected()).isEqualTo(1);
    assertThat(metrics.points().exported()).isEqualTo(1);
    assertThat(metrics.points().inFlight()).isZero();
    assertThat(tookNs).containsExactly(11L, 11L, 11L);
  }

  @Test
  void deltasThatWaitAtTheEndCountAsFailed() {
    collector.temporality = AggregationTemporality.DELTA;
    LongCounter counter = counter();
    collector.answer(Status.Code.UNAVAILABLE);
    assertThat(metrics.forceFlush().isSuccess()).isFalse();
    counter.add(1);
    assertThat(metrics.points().failed()).isEmpty();
    collector.answer(Status.Code.UNAVAILABLE);
    assertThat(metrics.exportLast(500)).isFalse();
    assertThat(metrics.points().failed()).isEqualTo(Map.of("UNAVAILABLE", 2L));
  }

  @Test
  void anExceptionWhileCollectingIsSaidAndTheTimerGoesOn() {
    metrics.register(
        new CollectionRegistration() {
          @Override
          public java.util.Collection<io.opentelemetry.sdk.metrics.data.MetricData>
              collectAllMetrics() {
            throw new IllegalStateException("broken callback");
          }
        });
    afterSeconds(7, (Runnable) scheduled.get(1));
    assertThat(metrics.failed()).isEqualTo(1);
    assertThat(said.toString()).contains("broken callback");
  }

  @Test
  void aThreadThatWaitsForTheLastCollectionGivesUpAfterItsTime() throws Exception {
    counter();
    List<Boolean> inner = new ArrayList<>();
    metrics.onCollected(
        tookNs -> {
          Thread other = new Thread(() -> inner.add(metrics.exportLast(1)));
          other.start();
          try {
            other.join();
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    assertThat(metrics.exportLast(500)).isTrue();
    assertThat(inner).containsExactly(false);
    assertThat(metrics.exported()).isEqualTo(1);
    assertThat(metrics.failed()).isEqualTo(1);
    metrics.onCollected(tookNs -> {});
    assertThat(metrics.exportLast(500)).as("the lock is free again").isTrue();
  }

  @Test
  void dataThatMayBeSentAgainIsNotReused() {
    assertThat(metrics.getMemoryMode()).isEqualTo(MemoryMode.REUSABLE_DATA);
    collector.temporality = AggregationTemporality.DELTA;
    assertThat(metrics.getMemoryMode()).isEqualTo(MemoryMode.IMMUTABLE_DATA);
    assertThat(metrics.getAggregationTemporality(InstrumentType.COUNTER))
        .isEqualTo(AggregationTemporality.DELTA);
    assertThat(metrics.getDefaultAggregation(InstrumentType.HISTOGRAM)).isNotNull();
    assertThat(metrics.shutdown().isSuccess()).isTrue();
  }
}
