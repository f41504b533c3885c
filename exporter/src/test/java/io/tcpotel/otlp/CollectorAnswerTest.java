// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Metadata;
import io.grpc.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The server's status and the library's; DeliveryReferenceTest has the bytes. */
class CollectorAnswerTest {
  private final CollectorAnswer answer = new CollectorAnswer();
  private final Metadata trailers = new Metadata();

  @ParameterizedTest
  @EnumSource(Status.Code.class)
  void aStatusInTheServersTrailersIsItsAnswer(Status.Code code) {
    answer.inboundTrailers(trailers);
    Status status = code.toStatus().withDescription("no");
    assertThat(answer.end(status, trailers).status()).isSameAs(status);
  }

  @ParameterizedTest
  @EnumSource(
      value = Status.Code.class,
      names = {"OK", "DEADLINE_EXCEEDED"},
      mode = EnumSource.Mode.EXCLUDE)
  void aStatusOfTheLibraryMeansThatTheCollectorIsAway(Status.Code code) {
    Exception cause = new Exception("reset");
    Status status = code.toStatus().withDescription("HTTP status code 502").withCause(cause);
    AttemptEnd end = answer.end(status, new Metadata());
    assertThat(end.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
    assertThat(end.status().getDescription()).isEqualTo("HTTP status code 502");
    assertThat(end.status().getCause()).isSameAs(cause);
    assertThat(answer.end(status, null).status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void trailersThatCameBeforeAFailureAreNoAnswer() {
    answer.inboundTrailers(trailers);
    AttemptEnd end = answer.end(Status.INTERNAL, new Metadata());
    assertThat(end.status().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void anAttemptThatTookTooLongKeepsItsCode() {
    AttemptEnd end = answer.end(Status.DEADLINE_EXCEEDED, new Metadata());
    assertThat(end.status()).isSameAs(Status.DEADLINE_EXCEEDED);
  }

  @Test
  void aRequestWasSentOnceItsHeadIsOnAConnection() {
    assertThat(answer.end(Status.UNAVAILABLE, null).wasSent()).isFalse();
    answer.outboundHeaders();
    assertThat(answer.end(Status.UNAVAILABLE, null).wasSent()).isTrue();
  }
}
