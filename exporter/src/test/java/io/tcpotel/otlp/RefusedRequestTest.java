// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.ScriptedCollector;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Requests and the limit of size of a real server. */
@Tag("socket")
@Timeout(Await.TEST_SECONDS)
class RefusedRequestTest {
  private static final long FINISH_MS = Await.LIMIT.toMillis();

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
  void noRequestIsLargerThanTheLimit() throws Exception {
    RecordDelivery.Bounds bounds = new RecordDelivery.Bounds(8 << 20, 10_000, Duration.ofHours(1));
    try (ScriptedCollector collector =
            ScriptedCollector.start(builder -> builder.maxInboundMessageSize(10_000));
        ExportToCollector to = new ExportToCollector(collector, bounds, Map.of())) {
      to.add(500);
      to.finish(FINISH_MS);
      assertThat(to.counts().exported()).isEqualTo(500);
      assertThat(collector.headers()).as("none was refused").hasSize(collector.logRequests());
    }
  }
}
