// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.rpc.RetryInfo;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RetryScheduleTest {
  /** opentelemetry-proto, docs/specification.md: retryable as they are. */
  private static final Set<Status.Code> RETRYABLE =
      Set.of(
          Status.Code.CANCELLED,
          Status.Code.DEADLINE_EXCEEDED,
          Status.Code.ABORTED,
          Status.Code.OUT_OF_RANGE,
          Status.Code.UNAVAILABLE,
          Status.Code.DATA_LOSS,
          Status.Code.RESOURCE_EXHAUSTED); // not in the table, but for a few times

  private static final long NEVER = RetrySchedule.NEVER;
  private static final long HOUR_NS = 3_600_000_000_000L;

  /** Of the attempt number {@code attempt}, the collector having been away before. */
  private static long delayMs(Status status, Metadata trailers, int attempt) {
    RetrySchedule schedule = RetrySchedule.whileAway(HOUR_NS * 48);
    for (int i = 0; i < attempt; i++) {
      schedule.delayMs(Status.Code.UNAVAILABLE, NEVER, true, 0);
    }
    return schedule.delayMs(
        status.getCode(), RetrySchedule.retryInfoMs(status, trailers), false, 0);
  }

  @Test
  void endsInTimeWhereThereIsALimit() {
    RetrySchedule schedule = RetrySchedule.until(5, 1_000_000_000);
    assertThat(schedule.delayMs(Status.Code.UNAVAILABLE, NEVER, true, 5)).isPositive();
    assertThat(schedule.delayMs(Status.Code.UNAVAILABLE, 1001, true, 5)).isEqualTo(NEVER);
    assertThat(schedule.delayMs(Status.Code.UNAVAILABLE, NEVER, true, 1_000_000_000))
        .isEqualTo(NEVER);
  }

  private static Metadata wish(Status.Code code, Duration delay) {
    com.google.rpc.Status status =
        com.google.rpc.Status.newBuilder()
            .setCode(code.value())
            .addDetails(Any.pack(Duration.getDefaultInstance()))
            .addDetails(Any.pack(RetryInfo.newBuilder().setRetryDelay(delay).build()))
            .build();
    StatusRuntimeException failure = StatusProto.toStatusRuntimeException(status);
    return failure.getTrailers();
  }

  private static Duration seconds(long seconds, int nanos) {
    return Duration.newBuilder().setSeconds(seconds).setNanos(nanos).build();
  }

  @ParameterizedTest
  @EnumSource(value = Status.Code.class, names = "OK", mode = EnumSource.Mode.EXCLUDE)
  void backsOffForTheCodesOfTheTableOnly(Status.Code code) {
    long delayMs = delayMs(code.toStatus(), new Metadata(), 0);
    if (RETRYABLE.contains(code)) {
      assertThat(delayMs).isBetween(125L, 250L);
    } else {
      assertThat(delayMs).isEqualTo(NEVER);
    }
  }

  @ParameterizedTest
  @EnumSource(value = Status.Code.class, names = "OK", mode = EnumSource.Mode.EXCLUDE)
  void waitsAsLongAsTheServerWishesWhereThatIsAllowed(Status.Code code) {
    Metadata trailers = wish(code, seconds(7, 250_000_000));
    long delayMs = delayMs(code.toStatus(), trailers, 0);
    assertThat(delayMs).isEqualTo(RETRYABLE.contains(code) ? 7250 : NEVER);
  }

  @ParameterizedTest
  @CsvSource({
    "0, 125, 250",
    "1, 250, 500",
    "2, 500, 1000",
    "3, 1000, 2000",
    "4, 2000, 4000",
    "5, 2000, 4000",
    "10000, 2000, 4000"
  })
  void doublesUpToFourSecondsWithJitter(int attempt, long least, long most) {
    for (int i = 0; i < 200; i++) {
      assertThat(delayMs(Status.UNAVAILABLE, new Metadata(), attempt)).isBetween(least, most);
    }
  }

  @Test
  void doesNotTakeAWishForNoDelayAtItsWord() {
    for (Duration none : new Duration[] {seconds(0, 0), seconds(-5, 0), seconds(0, 100)}) {
      Metadata unavailable = wish(Status.Code.UNAVAILABLE, none);
      assertThat(delayMs(Status.UNAVAILABLE, unavailable, 2)).isBetween(500L, 1000L);
      Metadata exhausted = wish(Status.Code.RESOURCE_EXHAUSTED, none);
      assertThat(delayMs(Status.RESOURCE_EXHAUSTED, exhausted, 0)).isBetween(125L, 250L);
    }
  }

  @Test
  void waitsAMinuteAtMost() {
    Metadata trailers = wish(Status.Code.UNAVAILABLE, seconds(Long.MAX_VALUE, 0));
    assertThat(delayMs(Status.UNAVAILABLE, trailers, 0)).isEqualTo(60_000);
    Metadata inNanos = wish(Status.Code.UNAVAILABLE, seconds(60, 999_999_999));
    assertThat(delayMs(Status.UNAVAILABLE, inNanos, 0)).isEqualTo(60_000);
  }

  @Test
  void takesUnreadableDetailsAsNone() {
    Metadata trailers = new Metadata();
    trailers.put(
        Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER),
        new byte[] {1, 2, 3});
    assertThat(delayMs(Status.UNAVAILABLE, trailers, 0)).isBetween(125L, 250L);
    assertThat(delayMs(Status.RESOURCE_EXHAUSTED, trailers, 0)).isBetween(125L, 250L);
  }

  @Test
  void takesDetailsOfAnotherCodeAsNone() {
    Metadata trailers = wish(Status.Code.INTERNAL, seconds(9, 0));
    assertThat(delayMs(Status.UNAVAILABLE, trailers, 0)).isBetween(125L, 250L);
  }

  @Test
  void worksWithoutTrailers() {
    assertThat(delayMs(Status.UNAVAILABLE, null, 0)).isBetween(125L, 250L);
  }
}
