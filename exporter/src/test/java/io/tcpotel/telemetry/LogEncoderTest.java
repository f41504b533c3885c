// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.TextFormat;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.proto.logs.v1.ResourceLogs;
import io.opentelemetry.proto.logs.v1.ScopeLogs;
import io.opentelemetry.proto.logs.v1.SeverityNumber;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.Release;
import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.PeerName;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogEncoderTest {
  @TempDir private Path folder;

  private static final String SCHEMA = "https://opentelemetry.io/schemas/1.45.0";

  private static LogRecord encode(RecordImage image) {
    return EncodedLogs.record(image, LogContent.DEFAULT);
  }

  private static RecordImage withSynRetransmits(RecordImage image) {
    return image.set(data -> tcp_probe_info.syn_retransmits(data, (byte) 6));
  }

  @Test
  void anUnobservedConnectionHasEndsAndErrorButNoTotals() {
    LogRecord record = encode(RecordImage.unobserved());
    assertThat(record.getSeverityNumberValue()).isEqualTo(13);
    assertThat(record.getEventName()).isEqualTo("tcpotel.connection.end");
    assertThat(record.getBody().getStringValue())
        .isEqualTo("tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 not observed");
    assertThat(EncodedLogs.attributes(record))
        .containsExactly(
            "network.transport string_value: \"tcp\"",
            "network.type string_value: \"ipv4\"",
            "network.local.address string_value: \"10.1.2.3\"",
            "network.local.port int_value: 41528",
            "network.peer.address string_value: \"10.9.8.7\"",
            "network.peer.port int_value: 5432",
            "server.port int_value: 5432",
            "error.type string_value: \"unobserved\"",
            "tcpotel.connection.id string_value: \"0003000000a1b2c3\"",
            "tcpotel.connection.role string_value: \"client\"",
            "process.pid int_value: 31337",
            "process.executable.name string_value: \"curl\"");
  }

  @Test
  void encodesAnOrderlyCloseAsTheContractSays() {
    LogRecord record = encode(RecordImage.close());
    assertThat(record.getTimeUnixNano()).isEqualTo(1_700_000_077_000_000_123L);
    assertThat(record.getObservedTimeUnixNano()).isEqualTo(1_787_184_122_006_101_000L);
    assertThat(record.getSeverityNumber()).isEqualTo(SeverityNumber.SEVERITY_NUMBER_INFO);
    assertThat(record.getSeverityNumberValue()).isEqualTo(9);
    assertThat(record.getSeverityText()).isEmpty();
    assertThat(record.getEventName()).isEqualTo("tcpotel.connection.end");
    assertThat(record.getBody().getStringValue())
        .isEqualTo(
            "tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 closed after 1.20s tx=5321B rx=88211B"
                + " segs=71/80 retrans=5 srtt=813us min_rtt=301us limited_by=network"
                + " stalled=409ms");
    assertThat(record.getFlags()).isZero();
    assertThat(record.getDroppedAttributesCount()).isZero();
    assertThat(record.getUnknownFields().asMap()).isEmpty();
  }

  @Test
  void anOrderlyCloseHasTheAttributesOfTheContractInItsOrder() {
    assertThat(EncodedLogs.attributes(encode(withSynRetransmits(RecordImage.close()))))
        .containsExactly(
            "network.transport string_value: \"tcp\"",
            "network.type string_value: \"ipv4\"",
            "network.local.address string_value: \"10.1.2.3\"",
            "network.local.port int_value: 41528",
            "network.peer.address string_value: \"10.9.8.7\"",
            "network.peer.port int_value: 5432",
            "server.port int_value: 5432",
            "tcpotel.connection.id string_value: \"0003000000a1b2c3\"",
            "tcpotel.connection.role string_value: \"client\"",
            "tcpotel.connection.established bool_value: true",
            "tcpotel.connection.duration double_value: 1.2044",
            "tcpotel.transmit.bytes int_value: 5321",
            "tcpotel.receive.bytes int_value: 88211",
            "tcpotel.transmit.segments int_value: 71",
            "tcpotel.receive.segments int_value: 80",
            "tcpotel.retransmits int_value: 5",
            "tcpotel.rtt.smoothed double_value: 8.125E-4",
            "tcpotel.rtt.min double_value: 3.01E-4",
            "tcpotel.mss int_value: 1448",
            "tcpotel.connection.close.by string_value: \"remote\"",
            "tcpotel.limited_by string_value: \"network\"",
            "tcpotel.limited.network double_value: 0.612",
            "tcpotel.limited.receiver double_value: 0.207",
            "tcpotel.limited.send_buffer double_value: 0.103",
            "tcpotel.limited.application double_value: 0.261",
            "tcpotel.stalled.duration double_value: 0.409",
            "tcpotel.timeouts int_value: 12",
            "tcpotel.handshake.duration double_value: 0.0205",
            "tcpotel.handshake.retransmits int_value: 6",
            "tcpotel.spurious_retransmits int_value: 33",
            "tcpotel.out_of_order_segments int_value: 45",
            "tcpotel.delivered_ce int_value: 14",
            "tcpotel.idle.transmit double_value: 0.151",
            "tcpotel.idle.receive double_value: 0.163",
            "process.pid int_value: 31337",
            "process.executable.name string_value: \"curl\"",
            "user.id string_value: \"1001\"",
            "tcpotel.closer.process.pid int_value: 31440",
            "tcpotel.closer.process.executable.name string_value: \"worker\"");
  }

  @Test
  void encodesAFailedConnectAsTheContractSays() {
    RecordImage image =
        withSynRetransmits(RecordImage.failure()).generation(0).durationNs(3_000_000);
    image.data().asSlice(ProbeAbi.TCP_PROBE_SHORT_BYTES()).fill((byte) 0);
    LogRecord record = encode(image);
    assertThat(record.getSeverityNumberValue()).isEqualTo(13);
    assertThat(record.getSeverityText()).isEmpty();
    assertThat(record.getEventName()).isEqualTo("tcpotel.connection.end");
    assertThat(record.getBody().getStringValue())
        .isEqualTo(
            "tcp client 10.1.2.3:41528 -> 10.9.8.7:5432 failed: connection_refused after 3.00ms");
    assertThat(EncodedLogs.attributes(record))
        .containsExactly(
            "network.transport string_value: \"tcp\"",
            "network.type string_value: \"ipv4\"",
            "network.local.address string_value: \"10.1.2.3\"",
            "network.local.port int_value: 41528",
            "network.peer.address string_value: \"10.9.8.7\"",
            "network.peer.port int_value: 5432",
            "server.port int_value: 5432",
            "error.type string_value: \"connection_refused\"",
            "tcpotel.connection.id string_value: \"0000000000a1b2c3\"",
            "tcpotel.connection.role string_value: \"client\"",
            "tcpotel.connection.established bool_value: false",
            "tcpotel.connection.duration double_value: 0.003",
            "tcpotel.transmit.bytes int_value: 0",
            "tcpotel.receive.bytes int_value: 0",
            "tcpotel.transmit.segments int_value: 1",
            "tcpotel.receive.segments int_value: 1",
            "tcpotel.retransmits int_value: 0",
            "tcpotel.handshake.retransmits int_value: 6",
            "process.pid int_value: 31337",
            "process.executable.name string_value: \"curl\"");
  }

  @Test
  void warnsOfAnEstablishedConnectionThatEndedBadly() {
    LogRecord record = encode(RecordImage.close().skErr(104).previousState(1));
    assertThat(record.getSeverityNumberValue()).isEqualTo(13);
    assertThat(EncodedLogs.attributes(record))
        .contains("error.type string_value: \"connection_reset\"")
        .contains("tcpotel.connection.established bool_value: true");
  }

  @Test
  void encodesTheServersEndAndIpv6() {
    RecordImage image =
        RecordImage.close().inbound().localAddress("2001:db8::7").peerAddress("fe80::1");
    assertThat(EncodedLogs.attributes(encode(image)))
        .contains(
            "network.type string_value: \"ipv6\"",
            "network.local.address string_value: \"2001:db8::7\"",
            "network.peer.address string_value: \"fe80::1\"",
            "server.port int_value: 41528",
            "tcpotel.connection.role string_value: \"server\"");
  }

  @Test
  void leavesServerPortOutIfTheRoleIsUnknown() {
    assertThat(EncodedLogs.attributes(encode(RecordImage.close().direction(0))))
        .contains("tcpotel.connection.role string_value: \"unknown\"")
        .noneMatch(attribute -> attribute.startsWith("server.port"));
  }

  @Test
  void encodesSixtyFourBitCountersAndAFullConnectionId() {
    RecordImage image =
        RecordImage.close()
            .bytes(1L << 62, 1L << 33)
            .socketCookie(-1)
            .generation(0)
            .segments(-1, 0);
    assertThat(EncodedLogs.attributes(encode(image)))
        .contains(
            "tcpotel.connection.id string_value: \"ffffffffffffffff\"",
            "tcpotel.transmit.bytes int_value: 4611686018427387904",
            "tcpotel.receive.bytes int_value: 8589934592",
            "tcpotel.transmit.segments int_value: 4294967295");
  }

  /** Two workloads with the longest names: a container in a pod, and a service. */
  private final WorkloadTable workloads =
      new WorkloadTable(
          id ->
              id % 2 == 0
                  ? "/kubepods/pod11112222-3333-4444-5555-666677778888/" + "0a1b".repeat(16)
                  : "/system.slice/" + "s".repeat(PeerName.MAX_BYTES) + ".service",
          id -> false,
          10);

  /** An encoder with the longest names of the peer that all longest records have. */
  private LogEncoder encoderWithNames() {
    LogEncoder encoder = new LogEncoder(workloads, EncodedLogs.ALL.withBody(LogBody.Form.KMESH));
    String name = "n".repeat(PeerName.MAX_BYTES);
    try {
      Path file = Files.writeString(folder.resolve("names"), "::/0 " + name + " " + name);
      encoder.setPeerNames(PeerNames.of(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return encoder;
  }

  /** Accepted connections that another workload has closed. */
  private List<LogRecord> withPeers(RecordBatch batch) {
    List<RecordImage> images =
        List.of(
            RecordImage.close().inbound().cgroup(2).closerCgroup(1),
            RecordImage.close().inbound().cgroup(1).closerCgroup(2));
    byte[] request =
        EncodedLogs.request(
            encoderWithNames(),
            workloads.of(2),
            new RecordEnvelope(Resource.empty()),
            batch,
            images);
    return EncodedLogs.parse(request).getResourceLogs(0).getScopeLogs(0).getLogRecordsList();
  }

  @Test
  void writesNoAttributeThatIsNotDocumented() {
    Set<String> documented = new TreeSet<>();
    Arrays.stream(LogAttribute.values()).forEach(attribute -> documented.add(attribute.key()));
    Set<String> written = new TreeSet<>();
    for (RecordImage image :
        List.of(
            withSynRetransmits(RecordImage.failure()).skErr(110),
            RecordImage.update().set(data -> tcp_probe_info.sampling(data, 1)),
            RecordImage.close().preexisting(true).unackedBytes(7).unreadBytes(8))) {
      EncodedLogs.record(image, EncodedLogs.ALL)
          .getAttributesList()
          .forEach(attribute -> written.add(attribute.getKey()));
    }
    for (LogRecord record : withPeers(new RecordEnvelope(Resource.empty()).newBatch(1 << 14))) {
      record.getAttributesList().forEach(attribute -> written.add(attribute.getKey()));
    }
    assertThat(written).isEqualTo(documented);
  }

  @Test
  void putsResourceScopeAndSchemaUrlsAround() {
    Attributes attributes =
        Attributes.builder()
            .put("service.name", "tcpotel")
            .put("process.pid", 7L)
            .put("flag", true)
            .put("ratio", 0.5)
            .put(AttributeKey.stringArrayKey("list"), List.of("a", "b"))
            .put(AttributeKey.longArrayKey("numbers"), List.of(1L, 2L))
            .build();
    ExportLogsServiceRequest request =
        EncodedLogs.parse(
            EncodedLogs.request(
                Resource.create(attributes, SCHEMA),
                List.of(RecordImage.close(), RecordImage.failure())));
    assertThat(request.getResourceLogsCount()).isEqualTo(1);
    ResourceLogs logs = request.getResourceLogs(0);
    assertThat(logs.getSchemaUrl()).isEqualTo(SCHEMA);
    assertThat(logs.getResource().getAttributesList())
        .extracting(
            attribute ->
                attribute.getKey()
                    + " "
                    + TextFormat.printer()
                        .emittingSingleLine(true)
                        .printToString(attribute.getValue()))
        .containsExactlyInAnyOrder(
            "service.name string_value: \"tcpotel\"",
            "process.pid int_value: 7",
            "flag bool_value: true",
            "ratio double_value: 0.5",
            "list array_value { values { string_value: \"a\" } values { string_value: \"b\" } }",
            "numbers array_value { values { int_value: 1 } values { int_value: 2 } }");
    assertThat(logs.getScopeLogsCount()).isEqualTo(1);
    ScopeLogs scope = logs.getScopeLogs(0);
    assertThat(scope.getSchemaUrl()).isEqualTo(SCHEMA);
    assertThat(scope.getScope().getName()).isEqualTo("io.tcpotel.tcp");
    assertThat(scope.getScope().getVersion()).isEqualTo(Release.VERSION);
    assertThat(scope.getScope().getAttributesCount()).isZero();
    assertThat(scope.getLogRecordsCount()).isEqualTo(2);
  }

  /** Of its kind, with each value as long as it can be, in telemetry as well as in the record. */
  private static RecordImage longest(RecordImage image) {
    String address = "1111:2222:3333:4444:5555:6666:7777:8888";
    image.localAddress(address).peerAddress(address).ports(65535, 65535);
    image.durationNs(Long.MAX_VALUE >> 1).bytes(Long.MAX_VALUE, Long.MAX_VALUE);
    image.unackedBytes(-1).unreadBytes(-1).set(data -> tcp_probe_info.lost(data, -1));
    image.set(data -> tcp_probe_info.netns_cookie(data, -1));
    image.segments(-1, -1).retransmits(-1, 0).srttUs(-1).rttMinUs(-1).mss(-1);
    if (image.view().kind().bytes() > ProbeAbi.TCP_PROBE_SHORT_BYTES()) {
      image.data().asSlice(ProbeAbi.TCP_PROBE_SHORT_BYTES()).fill((byte) 'x');
    }
    image.command("fifteen-letters").set(data -> tcp_probe_info.pid(data, -1));
    return withSynRetransmits(image).preexisting(true);
  }

  private static final List<RecordImage> LONGEST =
      List.of(
          longest(RecordImage.close()).skErr(99).previousState(1),
          longest(RecordImage.failure()).skErr(99),
          longest(RecordImage.update()).state(4),
          longest(RecordImage.open()),
          longest(RecordImage.unobserved()));

  @Test
  void theLongestRecordFitsTheRoomThatABatchKeepsForItAndNearlyFillsIt() {
    RecordEnvelope envelope = new RecordEnvelope(Resource.empty());
    int longest = 0;
    for (RecordImage image : LONGEST) {
      RecordBatch batch = envelope.newBatch(envelope.smallestBatchBytes());
      assertThat(batch.hasRoom(envelope.head(Workload.AGENT))).isTrue();
      image.inbound().cgroup(2).closerCgroup(1);
      EncodedLogs.request(encoderWithNames(), workloads.of(2), envelope, batch, List.of(image));
      longest = Math.max(longest, batch.end);
    }
    int most = LogEncoder.MAX_RECORD_BYTES - ConstantBytes.OVERWRITTEN;
    assertThat(longest).isBetween(most - most / 7, most);
  }

  @Test
  void noValueIsLongerThanTheTableSays() {
    for (RecordImage image : LONGEST) {
      LogRecord record = EncodedLogs.record(image, EncodedLogs.ALL);
      assertThat(record.getBody().getStringValue()).hasSizeLessThan(LogBody.MAX_BYTES);
      for (LogAttribute attribute : LogAttribute.values()) {
        record.getAttributesList().stream()
            .filter(written -> written.getKey().equals(attribute.key()))
            .forEach(
                written ->
                    assertThat(written.getValue().getSerializedSize())
                        .as(attribute.key())
                        .isLessThanOrEqualTo(AttributeWriter.longestValueBytes(attribute)));
      }
    }
  }

  @Test
  void aBatchIsUsedAgain() {
    RecordEnvelope envelope = new RecordEnvelope(Resource.empty());
    RecordBatch batch = envelope.newBatch(8192);
    byte[] first = EncodedLogs.request(envelope, batch, List.of(RecordImage.close()));
    assertThat(batch.records()).isEqualTo(1);
    assertThat(batch.getContentLength()).isEqualTo(first.length);
    batch.clear(Integer.MAX_VALUE);
    assertThat(batch.records()).isZero();
    EncodedLogs.request(
        envelope, batch, List.of(RecordImage.failure(), RecordImage.close(), RecordImage.close()));
    batch.clear(Integer.MAX_VALUE);
    assertThat(EncodedLogs.request(envelope, batch, List.of(RecordImage.close()))).isEqualTo(first);
  }
}
