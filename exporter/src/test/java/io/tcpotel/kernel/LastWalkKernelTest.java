// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Messages;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.ProbeSettings;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.pipeline.CaptureHandler;
import io.tcpotel.pipeline.CaptureLoop;
import io.tcpotel.pipeline.CaptureStart;
import io.tcpotel.pipeline.StopSignal;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.SocketPair;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The walk at the end of a capture, which takes several steps while connections end. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class LastWalkKernelTest {
  private static final int PAIRS = 300;

  /** Room for some 120 records in a step. */
  private static final int RING_BYTES = 1 << 16;

  private static final int CLOSED_MEANWHILE = 20;

  /** Closes pairs whose both ends have been reported, and so lie behind the walk. */
  private static final class ClosingHandler implements CaptureHandler {
    private final ConnectionRecord view = new ConnectionRecord();
    private final Set<Long> reported = new HashSet<>();
    private final List<SocketPair> open;
    private int closed;

    ClosingHandler(List<SocketPair> pairs) {
      open = new ArrayList<>(pairs);
    }

    @Override
    public void onRecord(MemorySegment data, long offset, int length) {
      if (view.copyFrom(data, offset).kind() == RecordKind.UPDATE) {
        reported.add(view.socketCookie());
      }
    }

    @Override
    public void afterDrain() {
      for (SocketPair pair : List.copyOf(open)) {
        if (closed < CLOSED_MEANWHILE && cookies(pair).allMatch(reported::contains)) {
          pair.close();
          open.remove(pair);
          closed++;
        }
      }
    }

    List<Long> missed() {
      return open.stream()
          .flatMap(ClosingHandler::cookies)
          .filter(cookie -> !reported.contains(cookie))
          .toList();
    }

    private static Stream<Long> cookies(SocketPair pair) {
      return Stream.of(pair.client().cookie(), pair.server().cookie());
    }

    @Override
    public void beforeDrain() {}

    @Override
    public void onFold(MemorySegment key, MemorySegment difference) {}
  }

  /** The kernel passes over as many of those that live. */
  @Test
  void noneIsMissedBecauseOthersEndMeanwhile() {
    try (TestCgroup cgroup = TestCgroup.create().join();
        TestNamespace namespace = TestNamespace.create();
        CaptureLoop loop = attach(cgroup.path())) {
      List<SocketPair> pairs = new ArrayList<>();
      try {
        namespace.run(() -> connect(pairs));
        StopSignal stop = new StopSignal();
        stop.stop();
        ClosingHandler handler = new ClosingHandler(pairs);
        loop.run(stop, handler);
        assertThat(handler.closed).isEqualTo(CLOSED_MEANWHILE);
        assertThat(handler.missed()).isEmpty();
      } finally {
        pairs.forEach(SocketPair::close);
      }
    }
  }

  private static CaptureLoop attach(Path cgroup) {
    ProbeSettings settings =
        ProbeSettings.of(RING_BYTES, true)
            .withLiveReports(new LiveReports(TimeUnit.HOURS.toNanos(1), false));
    Messages messages = new Messages(new PrintStream(new ByteArrayOutputStream()));
    return new CaptureStart(settings, cgroup, List.of(), List.of(), messages).attach();
  }

  private static void connect(List<SocketPair> pairs) {
    for (int i = 0; i < PAIRS; i++) {
      SocketPair pair = SocketPair.over("127.0.0.1");
      pairs.add(pair);
      pair.client().sendAll(10);
      pair.server().receiveExactly(10);
    }
  }
}
