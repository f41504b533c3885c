// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestSizeTest {
  private static final int MIB = 1 << 20;

  private static boolean isTooLarge(Status.Code code, String words, int bytes) {
    return RequestSize.isTooLarge(
        code.toStatus().withDescription(words), bytes, RetrySchedule.NEVER);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "RESOURCE_EXHAUSTED | grpc: received message larger than max (5242912 vs. 4194304) | true",
        "RESOURCE_EXHAUSTED | grpc: received message after decompression larger than max 4194304 | true",
        "RESOURCE_EXHAUSTED | gRPC message exceeds maximum size 4194304: 5242912 | true",
        "OUT_OF_RANGE | Error, decoded message length too large: found 5 bytes, the limit is: 4 bytes | true",
        "OUT_OF_RANGE | | true",
        "RESOURCE_EXHAUSTED | data refused due to high memory usage | false",
        "RESOURCE_EXHAUSTED | | false",
        "UNAVAILABLE | larger than max | false",
        "INVALID_ARGUMENT | too large | false"
      })
  void knowsTheWordsOfServers(Status.Code code, String words, boolean tooLarge) {
    assertThat(isTooLarge(code, words, MIB)).isEqualTo(tooLarge);
  }

  @Test
  void takesSizeForTheReasonAboveTheUsualLimit() {
    assertThat(isTooLarge(Status.Code.RESOURCE_EXHAUSTED, null, 4 * MIB)).isFalse();
    assertThat(isTooLarge(Status.Code.RESOURCE_EXHAUSTED, null, 4 * MIB + 1)).isTrue();
  }

  @Test
  void aServerThatSaysWhenToComeAgainDoesNotMeanTheSize() {
    Status status = Status.RESOURCE_EXHAUSTED.withDescription("rate too large");
    assertThat(RequestSize.isTooLarge(status, MIB, 10)).isFalse();
    assertThat(RequestSize.isTooLarge(Status.OUT_OF_RANGE, MIB, 10)).isFalse();
  }
}
