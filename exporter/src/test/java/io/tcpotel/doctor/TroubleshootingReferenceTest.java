// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.tcpotel.bpf.Adoption;
import io.tcpotel.bpf.CgroupDirectory;
import io.tcpotel.bpf.LiveReports;
import io.tcpotel.bpf.Obstacle;
import io.tcpotel.bpf.Refusal;
import io.tcpotel.doctor.Finding.Area;
import io.tcpotel.doctor.Finding.State;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * docs/troubleshooting.md is written from the problems that the doctor knows; with {@code
 * -Dgolden.update} it is written anew, and the test fails, so that nobody leaves that on.
 */
class TroubleshootingReferenceTest {
  private static final Path PAGE = Path.of("../docs/troubleshooting.md");

  private static final String TEXT =
      """
      # Troubleshooting

      <!-- Written by TroubleshootingReferenceTest, from the problems that the doctor knows: do not edit. -->

      `./tcpotel doctor`, with the options and the environment of `run`, and where it runs: in its container, as its user. It checks
      everything, also after a problem, and names for each the remedy. `--output json` is for programs.

      | exit code | of the doctor | of the other commands |
      |---|---|---|
      | 0 | no problem; there may be warnings | the end that was asked for |
      | 1 | only the collector fails | something broke while it ran |
      | 2 | an option is wrong | an option or a variable is wrong; the message names it and the remedy |
      | 3 | the kernel, a library or a permission is missing | the same: nothing was started |

      ## Findings

      A warning does not keep it from capturing: something is not seen, or will fail later. Texts in italics are replaced.

      | check | state | finding | remedy |
      |---|---|---|---|
      %s

      Where a finding is a text of the kernel, of libbpf or of the collector, it is printed as it came, and the remedy beside it.

      ## It does not start

      `run`, `tail` and `record` end with the first problem that keeps them from capturing, in the same words as the doctor:
      `tcpotel: STEP: REASON`, and the remedy on the next line. What the kernel refuses with one errno has several causes; /proc tells
      which of them this process has, and all of these are named:

      | the reason contains | remedy |
      |---|---|
      %s

      ## It runs and sees too little

      At the start it says on stderr which connections it cannot see, with the remedy, and goes on. [limits.md](limits.md) lists
      the rest; [runbooks.md](runbooks.md) what the metrics about the program say.

      ## `/readyz` and `/livez` answer 503

      | line | meaning | what to do |
      |---|---|---|
      | `the reader has not turned for N s` | the thread that reads the kernel's ring hangs, or the machine was suspended | start the process \
      again: that is what `/livez` is for; report it if it comes back |
      | `not attached: no connection is seen, and the log says why` | the directory of the watched cgroup is gone | \
      read the log: it says which; with `--scope cgroup:PATH` it attaches again when the directory comes back |
      | `collector ADDRESS: SIGNAL: nothing accepted yet: REASON` | no request of the signal was accepted since the start | `./tcpotel doctor`: \
      its findings of the collector name the step that fails |
      | `collector ADDRESS: SIGNAL: nothing accepted for N s: REASON` | the collector refuses, or does not answer, for more than 30 s | \
      the same; records wait meanwhile ([delivery.md](delivery.md)): do not stop the agent for it |
      """;

  @TempDir private Path folder;

  private static Finding warning(Area area, String name, Obstacle obstacle) {
    return area.warning(name, obstacle);
  }

  private static Finding refused(Obstacle obstacle) {
    return Area.CAPTURE.failed("load and attach", obstacle.reason(), obstacle.remedy());
  }

  private static Obstacle userNamespace() {
    return Refusal.userNamespace("0 100000 65536").orElseThrow();
  }

  private Obstacle narrowed() throws IOException {
    Files.createFile(folder.resolve("cgroup.events"));
    Obstacle obstacle = CgroupDirectory.narrowed(folder).orElseThrow();
    return new Obstacle(obstacle.reason().replace(folder.toString(), "{root}"), obstacle.remedy());
  }

  private String page() throws IOException {
    List<Obstacle> refusals =
        List.of(userNamespace(), Refusal.SECCOMP, Refusal.LOCKDOWN, Refusal.SECURITY_MODULE);
    Stream<Finding> obstacles =
        Stream.of(
            warning(Area.PERMISSIONS, "user namespace", userNamespace()),
            warning(Area.CGROUP, "root", narrowed()),
            warning(Area.CAPTURE, "long connections", LiveReports.NOT_POSSIBLE),
            warning(Area.CAPTURE, "older connections", Adoption.NOT_POSSIBLE));
    Stream<Finding> problems = Arrays.stream(Problem.values()).map(Problem::pattern);
    return TEXT.formatted(
        Stream.of(problems, refusals.stream().skip(1).map(each -> refused(each)), obstacles)
            .flatMap(each -> each)
            .sorted(Comparator.comparing(Finding::area))
            .map(TroubleshootingReferenceTest::row)
            .collect(Collectors.joining("\n")),
        refusals.stream()
            .map(each -> row(each.reason(), each.remedy()))
            .collect(Collectors.joining("\n")));
  }

  private static String row(Finding finding) {
    return row(
        finding.area().title() + ": " + finding.name(),
        finding.state().name().toLowerCase(Locale.ROOT),
        finding.found(),
        finding.remedy());
  }

  private static String row(String... cells) {
    return "| "
        + String.join(" | ", cells)
            .replace("{type: Unconfined}", "`{type: Unconfined}`")
            .replaceAll("(?<!`)\\{([^}]*)}", "*$1*")
        + " |";
  }

  @Test
  void thePageSaysWhatTheDoctorKnows() throws IOException {
    if (System.getProperty("golden.update") != null) {
      Files.writeString(PAGE, page());
      fail("written anew: " + PAGE);
    }
    assertThat(Files.readString(PAGE)).isEqualTo(page());
  }

  @Test
  void aProblemIsFilledInTheOrderOfItsPlaces() {
    Finding finding = Problem.CERTIFICATE_OF_ANOTHER.finding("CN=$1 {host}", "a.example");
    assertThat(finding.state()).isEqualTo(State.FAILED);
    assertThat(finding.found()).isEqualTo("CN=$1 {host}: not for a.example");
    assertThat(finding.remedy())
        .isEqualTo(
            "use a host name of the certificate in the endpoint, or have a.example added to it");
  }
}
