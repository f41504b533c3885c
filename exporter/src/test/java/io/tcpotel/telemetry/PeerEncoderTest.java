// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeerEncoderTest {
  private static final long POD = 51;
  private static final long UNIT = 52;
  private static final long LONG_UNIT = 53;
  private static final String CONTAINER = "0123456789abcdef".repeat(4);
  private static final String POD_UID = "11112222-3333-4444-5555-666677778888";

  private final WorkloadTable workloads = new WorkloadTable(PeerEncoderTest::path, id -> false, 10);
  private final PeerEncoder encoder = new PeerEncoder(workloads);

  private static String path(long id) {
    if (id == POD) {
      return "/kubepods/burstable/pod" + POD_UID + "/" + CONTAINER;
    }
    return "/system.slice/" + (id == UNIT ? "billing" : "x".repeat(64)) + ".service";
  }

  /** The attributes in the order written. */
  private Map<String, String> written(RecordImage image, Workload peer) {
    AttributeOutput to = new AttributeOutput(6, EnumSet.allOf(LogAttribute.class));
    to.moveTo(new byte[1024], 0);
    encoder.write(to, image.view(), peer);
    try {
      return LogRecord.parseFrom(java.util.Arrays.copyOf(to.bytes, to.at))
          .getAttributesList()
          .stream()
          .collect(Collectors.toMap(KeyValue::getKey, each -> each.getValue().getStringValue()));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static RecordImage close() {
    return RecordImage.close().closerCgroup(0);
  }

  @Test
  void nothingIsWrittenOfAnUnknownPeer() {
    assertThat(written(close(), null)).isEmpty();
  }

  @Test
  void aPeerOnThisHostHasItsContainerAndPod() {
    assertThat(written(close(), workloads.of(POD)))
        .containsOnly(
            entry("tcpotel.peer.container.id", CONTAINER),
            entry("tcpotel.peer.k8s.pod.uid", POD_UID));
  }

  @Test
  void aServiceOnThisHostHasItsName() {
    assertThat(written(close(), workloads.of(UNIT)))
        .containsOnly(entry("service.peer.name", "billing"));
    assertThat(written(close(), workloads.of(LONG_UNIT))).as("64 bytes").isEmpty();
  }

  @Test
  void theNamesFileDecides(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("names");
    Files.writeString(file, "10.9.8.0/24 payments prod\n192.0.2.1 läden\n");
    encoder.setNames(PeerNames.of(file));
    assertThat(written(close(), workloads.of(UNIT)))
        .containsOnly(
            entry("service.peer.name", "payments"), entry("service.peer.namespace", "prod"));
    assertThat(written(close().peerAddress("192.0.2.1"), null))
        .containsOnly(entry("service.peer.name", "läden"));
    assertThat(written(close().peerAddress("192.0.2.2"), null)).isEmpty();
  }

  @Test
  void theListenerIsNamedWhereTheResourceIsTheClosers() {
    RecordImage image = RecordImage.close().inbound().cgroup(POD);
    assertThat(written(image.closerCgroup(UNIT), null))
        .containsOnly(
            entry("tcpotel.listener.container.id", CONTAINER),
            entry("tcpotel.listener.k8s.pod.uid", POD_UID));
    assertThat(written(image.closerCgroup(POD), null)).isEmpty();
    assertThat(written(image.cgroup(UNIT).closerCgroup(POD), null))
        .containsOnly(entry("tcpotel.listener.service.name", "billing"));
  }
}
