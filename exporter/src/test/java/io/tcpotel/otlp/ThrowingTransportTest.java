// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tcpotel.Messages;
import io.tcpotel.testing.RecordImage;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** An exception on a request's way to the transport, or back: no record is forgotten. */
class ThrowingTransportTest {
  private final ScriptedTransport collector = new ScriptedTransport();
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private final RecordImage image = RecordImage.close();
  private final RecordDelivery logs =
      collector.delivery(
          new RecordDelivery.Bounds(1 << 20, 8 << 10, Duration.ofHours(1)),
          new Messages(new PrintStream(said)),
          () -> {});
  private long nowNs = System.nanoTime();

  private void send(int records) {
    logs.beforeDrain(nowNs, 7);
    for (int i = 0; i < records; i++) {
      logs.add(image.view(), null, null, 5);
    }
    nowNs += 500_000_000;
    logs.tick(nowNs);
  }

  @AfterEach
  void close() {
    ExportToCollector.requireEquation(logs.counts());
    logs.close();
  }

  @Test
  void aRequestThatCannotBeHandedOverIsCounted() {
    collector.failWith(new IllegalStateException("scripted"));
    send(3);
    assertThat(logs.counts().failed()).isEqualTo(Map.of("INTERNAL", 3L));
    assertThat(logs.counts().inFlight()).isZero();
    assertThat(said.toString()).contains("scripted: a request is dropped and counted");
    collector.failWith(null);
    send(2);
    collector.answer(0, Status.Code.OK);
    assertThat(logs.counts().exported()).isEqualTo(2);
  }

  @Test
  void theRestOfASplitRequestThatCannotBeHandedOverIsCounted() {
    send(4);
    collector.answerTooLarge(0);
    collector.failWith(new AssertionError("scripted"));
    collector.answer(1, Status.Code.OK);
    assertThat(logs.counts().exported()).isEqualTo(2);
    assertThat(logs.counts().failed()).isEqualTo(Map.of("INTERNAL", 2L));
    assertThat(logs.counts().inFlight()).isZero();
  }
}
