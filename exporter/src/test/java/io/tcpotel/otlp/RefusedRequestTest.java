// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status;
import io.tcpotel.testing.ScriptedCollector;
import io.tcpotel.testing.ScriptedCollector.Answer;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests that are too large, or that a collector takes at no price. */
@Timeout(60)
class RefusedRequestTest {
  private static final long FINISH_MS = 15_000;

  @Test
  void anExhaustedCollectorThatDoesNotSayWhenIsAskedFourTimes() throws Exception {
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(collector)) {
      Answer exhausted = Answer.status(Status.Code.RESOURCE_EXHAUSTED);
      collector.answerLogs(exhausted, exhausted, exhausted, exhausted);
      to.add(3);
      to.send();
      to.await("answered", () -> to.counts().inFlight() == 0);
      assertThat(to.counts().failed()).isEqualTo(Map.of("RESOURCE_EXHAUSTED", 3L));
      assertThat(collector.logRequests()).isEqualTo(4);
      to.finish(FINISH_MS);
      to.requireSumsToClose();
    }
  }

  @Test
  void whatTheServersLimitRefusesArrivesInParts() throws Exception {
    try (ScriptedCollector collector =
            ScriptedCollector.start(builder -> builder.maxInboundMessageSize(20_000));
        ExportToCollector to = new ExportToCollector(collector)) {
      to.add(300);
      to.finish(FINISH_MS);
      assertThat(ExportToCollector.connectionIds(collector.accepted()))
          .hasSize(300)
          .doesNotHaveDuplicates()
          .isSorted();
      assertThat(to.counts().exported()).isEqualTo(300);
      to.requireSumsToClose();
      assertThat(to.said()).contains("set a smaller request size").hasLineCount(1);
    }
  }

  @Test
  void theSizeThatWasTakenIsKeptForTheNextRequests() throws Exception {
    try (ScriptedCollector collector =
            ScriptedCollector.start(builder -> builder.maxInboundMessageSize(20_000));
        ExportToCollector to = new ExportToCollector(collector)) {
      to.add(100);
      to.send();
      to.await("in parts", () -> to.counts().exported() == 100);
      int headers = collector.headers().size();
      int requests = collector.logRequests();
      to.add(100);
      to.finish(FINISH_MS);
      assertThat(to.counts().exported()).isEqualTo(200);
      assertThat(collector.headers().size() - headers)
          .as("none was refused")
          .isEqualTo(collector.logRequests() - requests);
    }
  }

  @Test
  void aRecordThatIsTooLargeAloneIsDroppedAndCounted() throws Exception {
    try (ScriptedCollector collector =
            ScriptedCollector.start(builder -> builder.maxInboundMessageSize(500));
        ExportToCollector to = new ExportToCollector(collector)) {
      to.add(7);
      to.finish(FINISH_MS);
      assertThat(to.counts().failed()).isEqualTo(Map.of("RESOURCE_EXHAUSTED", 7L));
      to.requireSumsToClose();
    }
  }

  @Test
  void outOfRangeIsSplitAndNotTriedForEver() throws Exception {
    Answer outOfRange = Answer.status(Status.Code.OUT_OF_RANGE);
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(collector)) {
      // 4 records; 2 and 2; 1 of the first 2 is refused for good.
      collector.answerLogs(outOfRange, outOfRange, outOfRange);
      to.add(4);
      to.finish(FINISH_MS);
      assertThat(to.counts().failed()).isEqualTo(Map.of("OUT_OF_RANGE", 1L));
      assertThat(to.counts().exported()).isEqualTo(3);
      assertThat(ExportToCollector.connectionIds(collector.accepted()))
          .containsExactly("0000000000000002", "0000000000000003", "0000000000000004");
      to.requireSumsToClose();
    }
  }

  @Test
  void noRequestIsLargerThanTheLimit() throws Exception {
    LogDelivery.Bounds bounds = new LogDelivery.Bounds(8 << 20, 10_000, Duration.ofHours(1));
    try (ScriptedCollector collector =
            ScriptedCollector.start(builder -> builder.maxInboundMessageSize(10_000));
        ExportToCollector to = new ExportToCollector(collector, bounds, Map.of())) {
      to.add(500);
      to.finish(FINISH_MS);
      assertThat(to.counts().exported()).isEqualTo(500);
      assertThat(collector.headers()).as("none was refused").hasSize(collector.logRequests());
    }
  }

  @Test
  void aRequestThatACollectorKeepsRefusingIsGivenUp() throws Exception {
    LogDelivery.Bounds bounds = new LogDelivery.Bounds(8 << 20, 1 << 20, Duration.ofMillis(300));
    try (ScriptedCollector collector = ScriptedCollector.start();
        ExportToCollector to = new ExportToCollector(collector, bounds, Map.of())) {
      Answer aborted = Answer.status(Status.Code.ABORTED);
      collector.answerLogs(aborted, aborted, aborted, aborted, aborted);
      to.add(2);
      to.send();
      to.await("given up", () -> to.counts().inFlight() == 0);
      assertThat(to.counts().failed()).isEqualTo(Map.of("ABORTED", 2L));
      assertThat(collector.logRequests()).isBetween(2, 4);
    }
  }
}
