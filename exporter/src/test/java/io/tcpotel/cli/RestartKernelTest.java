// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonObject;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.RunningPrograms;
import io.tcpotel.testing.SinkLines;
import io.tcpotel.testing.SocketPair;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What is recorded of connections when {@code tcpotel run} ends and is started again. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class RestartKernelTest {
  private final RunningPrograms programs = new RunningPrograms();

  @AfterEach
  void end() {
    programs.close();
  }

  private Program startRun(Program sink) {
    return programs.startRun("--endpoint", "127.0.0.1:" + RunningPrograms.port(sink));
  }

  /** Its client sends that many bytes. */
  private SocketPair open(int bytes) {
    SocketPair pair = programs.namespace().call(() -> SocketPair.over("127.0.0.1"));
    send(pair, bytes);
    return pair;
  }

  private static void send(SocketPair pair, int bytes) {
    pair.client().sendAll(bytes);
    pair.server().receiveExactly(bytes);
  }

  private static String summary(JsonObject log) {
    return SinkLines.attribute(log, "tcpotel.transmit.bytes")
        + (log.toString().contains("tcpotel.connection.preexisting") ? " older" : "");
  }

  @Test
  void eachConnectionHasOneRecordButThoseThatEndInTheGapHaveNone() {
    Program sink = programs.startSink(0);
    Program first = startRun(sink);
    SocketPair acrossAll = open(1);
    SocketPair endsInGap = open(2);
    open(3).finish();
    assertThat(first.signal("TERM").await()).as(first.messages()).isZero();
    SocketPair fromGap = open(4);
    endsInGap.finish();
    open(5).finish();
    Program second = startRun(sink);
    RunningPrograms.awaitSum(second, "kernel.adopted.put", 4);
    send(acrossAll, 10);
    send(fromGap, 40);
    open(6).finish();
    acrossAll.finish();
    fromGap.finish();
    SinkLines lines = RunningPrograms.finish(second, sink).lines();
    List<String> clients =
        lines.logRecords().stream()
            .filter(SinkLines.with("tcpotel.connection.role", "client"))
            .map(RestartKernelTest::summary)
            .toList();
    // The record of an adopted connection has what the kernel has counted since it was opened.
    assertThat(clients).containsExactlyInAnyOrder("3", "6", "11 older", "44 older");
  }
}
