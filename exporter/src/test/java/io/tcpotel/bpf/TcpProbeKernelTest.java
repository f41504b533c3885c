// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.bpf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.tcpotel.Failure;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.bpf.abi.tcp_probe_settings;
import io.tcpotel.testing.Await;
import io.tcpotel.testing.KernelTest;
import io.tcpotel.testing.TestCgroup;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What cannot be loaded or attached says why, and what to do. */
@KernelTest
@Timeout(Await.TEST_SECONDS)
class TcpProbeKernelTest {
  private static final ProbeSettings SETTINGS =
      ProbeSettings.of(ProbeSettings.DEFAULT_RING_BYTES, true);

  private static byte[] image() throws IOException {
    try (InputStream in = TcpProbe.class.getResourceAsStream("tcp_probe.bpf.o")) {
      return in.readAllBytes();
    }
  }

  /** The object with one word of its settings changed; they stand in .rodata as initialised. */
  private static byte[] imageWith(long offset, int value) throws IOException {
    ByteBuffer image = ByteBuffer.wrap(image()).order(ByteOrder.nativeOrder());
    int found = -1;
    for (int at = 0; at < image.capacity() - (int) tcp_probe_settings.sizeof(); at += 4) {
      boolean isSettings =
          image.getInt(at + (int) tcp_probe_settings.version$offset())
                  == ProbeAbi.TCP_PROBE_VERSION()
              && image.getInt(at + (int) tcp_probe_settings.record_bytes$offset())
                  == tcp_probe_info.sizeof()
              && image.getInt(at + (int) tcp_probe_settings.report_kinds$offset())
                  == (1 << ProbeAbi.TCP_PROBE_KINDS()) - 2;
      if (isSettings) {
        assertThat(found).as("settings in the object").isEqualTo(-1);
        found = at;
      }
    }
    assertThat(found).as("settings in the object").isPositive();
    return image.putInt(found + (int) offset, value).array();
  }

  private static Failure refused(byte[] image) {
    return catchThrowableOfType(
        Failure.class, () -> new ProbeLoader(SETTINGS, image).load().close());
  }

  @Test
  void theObjectOfThisProgramIsTaken() throws IOException {
    new ProbeLoader(SETTINGS, image()).load().close();
  }

  @Test
  void anObjectOfAnotherVersionIsRefused() throws IOException {
    Failure failure = refused(imageWith(tcp_probe_settings.version$offset(), 99));
    assertThat(failure.exitCode()).isEqualTo(3);
    assertThat(failure)
        .hasMessageContaining("open kernel programs")
        .hasMessageContaining("the object has version 99 with records of 360 bytes")
        .hasMessageContaining("this program reads version 3 with records of 360 bytes")
        .hasMessageContaining("from the same sources");
  }

  @Test
  void anObjectWithRecordsOfAnotherSizeIsRefused() throws IOException {
    Failure failure = refused(imageWith(tcp_probe_settings.record_bytes$offset(), 208));
    assertThat(failure.exitCode()).isEqualTo(3);
    assertThat(failure).hasMessageContaining("records of 208 bytes");
  }

  /** The object with {@code from}, which the kernel has, turned into what no kernel has. */
  private static byte[] imageWithout(String from, String to) throws IOException {
    String latin = new String(image(), StandardCharsets.ISO_8859_1);
    assertThat(latin).contains(from);
    return latin.replace(from, to).getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void aKernelWithoutAWalkLosesWhatItIsForAndNoMore() throws IOException {
    try (TcpProbe whole = TcpProbe.load(SETTINGS);
        TcpProbe noAdoption =
            new ProbeLoader(SETTINGS, imageWithout("iter/tcp", "iter/xyz")).load();
        TcpProbe noReports =
            new ProbeLoader(
                    SETTINGS, imageWithout("iter/bpf_sk_storage_map", "iter/xyz_sk_storage_map"))
                .load()) {
      assertThat(whole.canAdopt()).isTrue();
      assertThat(whole.canReportLive()).isTrue();
      assertThat(noAdoption.canAdopt()).isFalse();
      assertThat(noAdoption.canReportLive()).isTrue();
      assertThat(noReports.canReportLive()).isFalse();
    }
  }

  @Test
  void aKernelWithoutCgroupEventsIsWatchedWithoutNames() throws IOException {
    Path cgroup = TestCgroup.root().orElseThrow();
    try (TcpProbe whole = TcpProbe.load(SETTINGS);
        TcpProbe noneNew =
            new ProbeLoader(SETTINGS, imageWithout("tp_btf/cgroup_mkdir", "tp_btf/cgroup_xyzab"))
                .load();
        TcpProbe noneOlder =
            new ProbeLoader(SETTINGS, imageWithout("iter/cgroup", "iter/xyzabc")).load()) {
      whole.attach(cgroup);
      noneNew.attach(cgroup);
      noneOlder.attach(cgroup);
      assertThat(whole.cgroupObstacles()).isEmpty();
      assertThat(noneNew.cgroupObstacles()).containsExactly(CgroupNames.NEW_NOT_POSSIBLE);
      assertThat(noneOlder.cgroupObstacles()).containsExactly(CgroupNames.OLDER_NOT_POSSIBLE);
      assertThat(noneNew.isAttached()).isTrue();
      assertThat(noneNew.canReportLive()).isTrue();
    }
  }

  /** The kernel refuses to attach what it has loaded, here for want of a descriptor. */
  @Test
  void refusedCgroupEventsAreSaid() {
    LibbpfLibrary.require();
    Map<String, Integer> none =
        Map.of(CgroupWatch.MADE, -1, CgroupWatch.REMOVED, -1, CgroupWatch.OLDER, -1);
    try (CgroupWatch watch = CgroupWatch.attach(new ProbeFiles(none, 0))) {
      assertThat(watch.links()).isEmpty();
      assertThat(watch.obstacles())
          .containsExactly(CgroupNames.NEW_NOT_POSSIBLE, CgroupNames.OLDER_NOT_POSSIBLE);
    }
  }

  @Test
  void aDamagedObjectIsRefused() {
    Failure failure = refused(new byte[4096]);
    assertThat(failure.exitCode()).isEqualTo(3);
    assertThat(failure).hasMessageContaining("open kernel programs").hasMessageContaining("libbpf");
  }

  @Test
  void whatIsNoCgroupIsRefused() {
    try (TcpProbe probe = TcpProbe.load(SETTINGS)) {
      Path missing = Path.of("/sys/fs/cgroup/no-such-cgroup");
      Failure failure = catchThrowableOfType(Failure.class, () -> probe.attach(missing));
      assertThat(failure.exitCode()).isEqualTo(2);
      assertThat(failure).hasMessageContaining("no-such-cgroup").hasMessageContaining("ENOENT");

      failure = catchThrowableOfType(Failure.class, () -> probe.attach(Path.of("/proc")));
      assertThat(failure.exitCode()).isNotZero();
      assertThat(failure).hasMessageContaining("/proc").hasMessageContaining("cgroup v2 directory");
    }
  }
}
