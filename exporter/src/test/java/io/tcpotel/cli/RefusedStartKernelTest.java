// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.Program;
import io.tcpotel.testing.TestCgroup;
import io.tcpotel.testing.TestNamespace;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Capabilities are held, and something else refuses or narrows the capture: it is named. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class RefusedStartKernelTest {
  private static final int FEWER_THAN_NEEDED = 30;

  /** Runs its arguments under a filter that lets bpf(2) fail with EPERM, as containers have it. */
  private static final String SECCOMP =
      """
      #include <linux/filter.h>
      #include <linux/seccomp.h>
      #include <stddef.h>
      #include <sys/prctl.h>
      #include <sys/syscall.h>
      #include <unistd.h>
      int main(int count, char **words)
      {
        struct sock_filter code[] = {
          BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
          BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, __NR_bpf, 0, 1),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | 1),
          BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
        };
        struct sock_fprog filter = {4, code};
        if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter))
          return 99;
        return execvp(words[1], words + 1);
      }
      """;

  @TempDir private Path folder;

  private static Program tail(String... starter) {
    return command(List.of("tail", "--for", "100ms", "--filter-port", "9"), starter);
  }

  private static Program command(List<String> arguments, String... starter) {
    List<String> line = new ArrayList<>(List.of(starter));
    line.addAll(Program.commandLine(arguments.toArray(String[]::new)));
    return Program.start(Map.of(), line);
  }

  private static void requireRefusal(Program program, String message) {
    try (program) {
      assertThat(program.await()).as(program.messages()).isEqualTo(3);
      assertThat(program.messages()).isEqualTo(message);
    }
  }

  private Path seccomp() throws IOException {
    Path source = Files.writeString(folder.resolve("seccomp.c"), SECCOMP);
    Path launcher = folder.resolve("seccomp");
    try (Program cc =
        Program.start(Map.of(), List.of("cc", "-o", launcher.toString(), source.toString()))) {
      assertThat(cc.await()).as(cc.messages()).isZero();
    }
    return launcher;
  }

  @Test
  void aSeccompFilter() throws IOException {
    requireRefusal(
        tail(seccomp().toString()),
        """
        tcpotel: load kernel programs: EPERM, operation not permitted: this process runs under a \
        seccomp filter, which refuses bpf()
          allow bpf in it: systemd, SystemCallFilter=bpf; Docker, --security-opt seccomp=PROFILE; \
        Kubernetes, seccompProfile: {type: Unconfined}
        """);
  }

  @Test
  void aUserNamespace() {
    requireRefusal(
        tail("unshare", "-U", "-r"),
        """
        tcpotel: load kernel programs: EPERM, operation not permitted: this user namespace is not \
        the host's (uid_map 0 0 1): capabilities are held only inside it
          run in the host's: a rootful container without userns-remap; Kubernetes, hostUsers: true
        """);
  }

  /** One file fewer than it takes. */
  private static String file(Path descriptor) {
    try {
      String file = Files.readSymbolicLink(descriptor).toString();
      return file.startsWith("/") ? file : "";
    } catch (IOException e) {
      return "";
    }
  }

  @Test
  void theLimitOfOpenFiles() throws IOException {
    int limit = FEWER_THAN_NEEDED;
    try (Program watching = command(List.of("tail", "--filter-port", "9"))) {
      watching.awaitMessage("watching");
      try (Stream<Path> open = Files.list(Path.of("/proc", watching.pid() + "", "fd"))) {
        // Java's own files, which it has open by then in any case.
        limit += (int) open.map(RefusedStartKernelTest::file).distinct().count();
      }
    }
    requireRefusal(
        tail("prlimit", "--nofile=" + limit),
        """
        tcpotel: load kernel programs: EMFILE, too many open files: the limit is LIMIT, of which 40 \
        must be free
          raise the limit of open files: ulimit -n 1024; systemd, LimitNOFILE=1024
        """
            .replace("LIMIT", "" + limit));
  }

  @Test
  void ipNetnsExecHidesTheCgroupsAndTheRemedyWorks() {
    try (TestNamespace other = TestNamespace.create()) {
      String name = other.path().getFileName().toString();
      requireRefusal(
          tail("ip", "netns", "exec", name),
          """
          tcpotel: find cgroup v2: it is not mounted
            mount it: mount -t cgroup2 none /sys/fs/cgroup; instead of 'ip netns exec NAME', whose \
          /sys is without it: nsenter --net=/run/netns/NAME
          """);
      String mounted = "mount -t cgroup2 none /sys/fs/cgroup; exec \"$@\"";
      try (Program entered = tail("nsenter", "--net=" + other.path());
          Program mounting = tail("ip", "netns", "exec", name, "sh", "-ec", mounted, "sh")) {
        assertThat(entered.await()).as(entered.messages()).isZero();
        assertThat(mounting.await()).as(mounting.messages()).isZero();
      }
    }
  }

  /** As systemd mounts it for ProcSubset=pid: without /proc/sys. */
  @Test
  void aProcWithoutTheKernelsFilesMakesNoOldKernel() {
    String mount = "mount -t proc -o subset=pid none /proc; exec \"$@\"";
    List<String> doctor = List.of("doctor", "--endpoint", "127.0.0.1:9");
    try (Program program = command(doctor, "unshare", "-m", "sh", "-ec", mount, "sh")) {
      assertThat(program.await()).as(program.output()).isEqualTo(1);
      assertThat(program.output())
          .contains("\n  ok       release            " + System.getProperty("os.version") + ",")
          .doesNotContain("older than 5.15");
    }
  }

  /** As in a container whose own cgroup is at /sys/fs/cgroup, and the host's root at $1. */
  private static final String PRIVATE =
      """
      echo $$ >"$0/cgroup.procs"
      exec unshare -m -C sh -ec '
        for m in $(awk "/ - cgroup2 / {print \\$5}" /proc/self/mountinfo); do
          mount --bind "$m" "$0"; umount -l "$m"
        done
        mount -t cgroup2 none /sys/fs/cgroup; exec "$@"' "$@"
      """;

  @Test
  void aPrivateCgroupNamespaceIsSaidAtTheStart() {
    String said =
        "tcpotel: /sys/fs/cgroup is not the host's root cgroup: connections outside of it are not"
            + " seen: run with the host's: --cgroupns=host, with the host's /sys/fs/cgroup"
            + " mounted\n";
    try (TestCgroup container = TestCgroup.create()) {
      String[] starter = {"sh", "-ec", PRIVATE, container.path() + "", folder + ""};
      try (Program tail = tail(starter);
          Program run =
              command(List.of("run", "--for", "100ms", "--endpoint", "127.0.0.1:9"), starter);
          Program host = tail()) {
        assertThat(tail.await()).as(tail.messages()).isZero();
        assertThat(tail.messages()).contains(said);
        assertThat(run.await()).as(run.messages()).isZero();
        assertThat(run.messages()).contains(said);
        assertThat(host.await()).as(host.messages()).isZero();
        assertThat(host.messages()).doesNotContain("root cgroup");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"host", "pod"})
  void theDoctorLooksAtTheNamedRootOfAPrivateCgroupNamespace(String scope) {
    List<String> own = List.of("doctor", "--endpoint", "127.0.0.1:9", "--scope", scope);
    List<String> hosts = new ArrayList<>(own);
    hosts.addAll(List.of("--cgroup-root", folder.toString()));
    try (TestCgroup container = TestCgroup.create()) {
      String[] starter = {"sh", "-ec", PRIVATE, container.path() + "", folder + ""};
      try (Program narrowed = command(own, starter);
          Program whole = command(hosts, starter)) {
        assertThat(narrowed.await()).as(narrowed.output()).isEqualTo(1);
        assertThat(narrowed.output().replaceAll("\\s+", " "))
            .contains("warning root /sys/fs/cgroup is not the host's root cgroup: ");
        assertThat(whole.await()).as(whole.output()).isEqualTo(1);
        assertThat(whole.output().replaceAll("\\s+", " "))
            .contains("ok root the host's ok scope " + folder + ", includes this process")
            .contains("ok older connections reported too");
      }
    }
  }
}
