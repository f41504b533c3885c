// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import io.grpc.Metadata;
import io.grpc.Status;
import io.tcpotel.Messages;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** A collector's answer of any bytes: a message after OK, or details of a failure. */
public final class AnswerFuzz {
  private static final int SENT = 100;
  private static final long LONGEST_MS = 86_400_000L + 1000;

  private AnswerFuzz() {}

  /** The first byte chooses between the two. */
  public static void fuzzerTestOneInput(byte[] input) {
    if (input.length == 0) {
      return;
    }
    byte[] answer = Arrays.copyOfRange(input, 1, input.length);
    if (input[0] % 2 == 0) {
      readMessage(answer);
    } else {
      readDetails(answer);
    }
  }

  private static void readMessage(byte[] answer) {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    Messages messages = new Messages(new PrintStream(said, true, StandardCharsets.UTF_8));
    long rejected = PartialSuccess.rejected(answer, SENT, "things", messages);
    String text = said.toString(StandardCharsets.UTF_8);
    boolean oneLine = text.isEmpty() || text.indexOf('\n') == text.length() - 1;
    boolean isText = text.strip().codePoints().noneMatch(Character::isISOControl);
    if (rejected < 0 || rejected > SENT || !oneLine || !isText) {
      throw new AssertionError(rejected + " rejected, said: " + text);
    }
  }

  private static void readDetails(byte[] answer) {
    Metadata trailers = new Metadata();
    trailers.put(
        Metadata.Key.of("grpc-status-details-bin", Metadata.BINARY_BYTE_MARSHALLER), answer);
    long delayMs = RetrySchedule.retryInfoMs(Status.UNAVAILABLE, trailers);
    if (delayMs != RetrySchedule.NEVER && (delayMs < 0 || delayMs > LONGEST_MS)) {
      throw new AssertionError("a pause of " + delayMs + " ms");
    }
  }
}
