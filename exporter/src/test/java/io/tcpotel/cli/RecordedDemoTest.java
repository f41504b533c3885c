// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.Messages;
import io.tcpotel.bpf.RecordKind;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.demo.DemoPage;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.recording.Recording;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code demo} where there is no capturing. */
@Timeout(Await.TEST_SECONDS)
class RecordedDemoTest {
  private static final int COLUMNS = 80;
  private static final int MOST_BYTES = 60 << 10;

  private static Program demo(Map<String, String> environment, List<String> command) {
    Map<String, String> all = new java.util.HashMap<>(environment);
    all.put("COLUMNS", Integer.toString(COLUMNS));
    all.put("NO_COLOR", "1");
    all.put("LC_ALL", "C.UTF-8");
    return Program.start(all, command);
  }

  /** Behind what makes root an ordinary user, who may read the build in root's home. */
  private static List<String> asNobody(String... arguments) {
    List<String> line = new ArrayList<>();
    if (System.getProperty("user.name").equals("root")) {
      String read = "dac_read_search";
      line.addAll(List.of("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"));
      line.addAll(List.of("--inh-caps=-all,+" + read, "--ambient-caps=-all,+" + read));
      line.add("--bounding-set=-all,+" + read);
    }
    line.addAll(Program.commandLine(arguments));
    return line;
  }

  @Test
  void anOrdinaryUserSeesConnectionsThatWereRecorded() throws IOException {
    try (Program program = demo(Map.of(), asNobody("demo"))) {
      assertThat(program.await()).as(program.messages()).isZero();
      assertThat(program.messages())
          .isEqualTo(
              "tcpotel: showing a bundled recording: live capture is unavailable here (this"
                  + " process lacks CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN): run as root, or give the"
                  + " process CAP_BPF, CAP_PERFMON and CAP_NET_ADMIN\n");
      DemoText text = new DemoText(program.outputLines());
      assertThat(text.plain()).allMatch(line -> line.length() <= COLUMNS);
      text.requireTracesOfBothEnds();
      assertThat(text.sums()).hasSize(7).allMatch(DemoText::closes);
      assertThat(text.connections())
          .as("of a container")
          .anyMatch(line -> line.matches(".* client .* 3f9c61d20ab4.* > .*"))
          .anyMatch(line -> line.matches(".* server .* a71e04c8d95b.* < .*"))
          .as("of a service")
          .anyMatch(line -> line.matches(".* client .* backup.* > .*"))
          .anyMatch(line -> line.matches(".* server .* postgresql.* < .*"));
      DemoText.requireGolden("recorded", text.masked());
    }
  }

  @Test
  void aSignalEndsItEarlyWithTheAccount() throws IOException {
    try (Program program = demo(Map.of(), asNobody("demo"))) {
      program.awaitOutput("client");
      assertThat(program.signal("INT").await()).as(program.messages()).isZero();
      List<String> sums = new DemoText(program.outputLines()).sums();
      assertThat(sums).allMatch(DemoText::closes);
      assertThat(sums.get(0)).contains("not_read");
    }
  }

  @Test
  void itEndsAfterTheTimeThatIsAskedFor() {
    try (Program program = demo(Map.of(), asNobody("demo", "--for", "1s"))) {
      assertThat(program.await()).as(program.messages()).isZero();
      assertThat(program.output()).contains("sums after 1 s");
    }
  }

  @Test
  void aFullDiskEndsItWithAnError() {
    List<String> line = new ArrayList<>(List.of("sh", "-c", "exec \"$@\" >/dev/full", "sh"));
    line.addAll(asNobody("demo"));
    try (Program program = demo(Map.of(), line)) {
      assertThat(program.await()).as(program.messages()).isEqualTo(1);
      assertThat(program.messages()).contains("tcpotel: stdout: cannot be written: No space left");
    }
  }

  @KernelTest
  @Test
  void withoutLibbpfTheyAreShownAsWell() {
    Map<String, String> environment = Map.of("TCPOTEL_LIBBPF", "/nowhere/libbpf.so");
    try (Program program = demo(environment, Program.commandLine("demo"))) {
      program.awaitOutput("client");
      assertThat(program.signal("INT").await()).as(program.messages()).isZero();
      assertThat(program.messages())
          .startsWith("tcpotel: showing a bundled recording: ")
          .contains(" (/nowhere/libbpf.so cannot be opened): install libbpf 1.0 or newer");
      assertThat(new DemoText(program.outputLines()).sums()).hasSize(7).allMatch(DemoText::closes);
    }
  }

  @Test
  void theRecordingIsSmallAndHasAllKinds() throws IOException {
    byte[] file;
    try (InputStream in = DemoPage.class.getResourceAsStream("recorded.tcpotel")) {
      file = in.readAllBytes();
    }
    assertThat(file.length).isLessThanOrEqualTo(MOST_BYTES);
    Set<RecordKind> kinds = new TreeSet<>();
    Set<Integer> types = new TreeSet<>();
    Set<LimitedBy> limits = EnumSet.noneOf(LimitedBy.class);
    Set<String> containers = new TreeSet<>();
    Set<String> services = new TreeSet<>();
    long closers = 0;
    Messages messages = new Messages(System.err);
    try (Recording recording =
        Recording.read(new java.io.ByteArrayInputStream(file), "recorded", messages)) {
      assertThat(recording.header().getHostName()).isEqualTo("demo");
      assertThat(recording.header().getRecordVersion()).isEqualTo(ProbeAbi.TCP_PROBE_VERSION());
      WorkloadTable workloads = recording.workloads();
      for (int i = 0; i < recording.records(); i++) {
        ConnectionRecord view = new ConnectionRecord().copyFrom(recording.ring().record(i), 0);
        kinds.add(view.kind());
        types.add(view.type());
        LimitedBy limit = LimitedBy.of(view);
        if (limit != null) {
          limits.add(limit);
        }
        closers += view.closerPid() != 0 ? 1 : 0;
        Workload workload = workloads.of(view.cgroupId());
        if (workload.containerId() != null) {
          assertThat(workload.podUid()).isNotNull();
          containers.add(workload.containerId().substring(0, 4));
        } else {
          services.add(workload.serviceName());
        }
        assertThat(view.preexisting()).isFalse(); // which no histogram would have
      }
    }
    assertThat(kinds)
        .containsExactly(RecordKind.OPEN, RecordKind.CLOSE, RecordKind.FAILED, RecordKind.UPDATE);
    assertThat(types).containsExactly(ConnectionRecord.IPV4, ConnectionRecord.IPV6);
    assertThat(limits).containsExactly(LimitedBy.values());
    assertThat(closers).isPositive();
    assertThat(containers).containsExactly("3f9c", "a71e");
    assertThat(services).containsExactly("backup", "host", "postgresql");
  }
}
