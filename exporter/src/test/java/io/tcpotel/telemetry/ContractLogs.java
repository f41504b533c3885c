// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.opentelemetry.proto.collector.logs.v1.ExportLogsServiceRequest;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.logs.v1.LogRecord;
import io.opentelemetry.sdk.resources.Resource;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.testing.RecordImage;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.WorkloadTable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** Log records in which, taken together, each attribute occurs, with another value in each. */
final class ContractLogs {
  private static final long POD = 51;
  private static final long UNIT = 52;
  private static final long PEER_POD = 53;
  private static final String CONTAINER = "0123456789abcdef".repeat(4);
  private static final String PEER_CONTAINER = "fedcba9876543210".repeat(4);
  private static final int ETIMEDOUT = 110;

  private static final LogContent ALL =
      LogContent.DEFAULT.withAttributes(EnumSet.allOf(LogAttribute.class));

  private static final WorkloadTable WORKLOADS =
      new WorkloadTable(ContractLogs::path, id -> false, 10);

  private ContractLogs() {}

  private static String path(long cgroup) {
    if (cgroup == UNIT) {
      return "/system.slice/billing.service";
    }
    return cgroup == POD
        ? "/kubepods/burstable/pod11112222-3333-4444-5555-666677778888/" + CONTAINER
        : "/kubepods/burstable/pod99992222-3333-4444-5555-66667777aaaa/" + PEER_CONTAINER;
  }

  /** By the name of a golden file. */
  static Map<String, RecordImage> images() {
    Map<String, RecordImage> images = new LinkedHashMap<>();
    images.put("end", RecordImage.close().cgroup(POD).closerCgroup(POD));
    images.put("end-of-a-worker", RecordImage.close().inbound().cgroup(POD).closerCgroup(UNIT));
    images.put("end-of-an-activated", accepted().cgroup(UNIT).closerCgroup(POD));
    images.put("end-timed-out", left().skErr(ETIMEDOUT).preexisting(true));
    images.put("end-failed", RecordImage.failure().set(ContractLogs::repeatSyn));
    images.put("end-unobserved", RecordImage.unobserved());
    images.put("update", RecordImage.update());
    images.put("start", RecordImage.open());
    images.put("end-thinned", thinned(RecordImage.close()));
    images.put("update-thinned", thinned(RecordImage.update()));
    images.put("start-thinned", thinned(RecordImage.open()));
    return images;
  }

  /** Kept with the threshold of one in three. */
  private static RecordImage thinned(RecordImage image) {
    return image
        .size((int) tcp_probe_info.sizeof())
        .set(data -> tcp_probe_info.sampling(data, 0xaaaa_aaab));
  }

  private static void repeatSyn(MemorySegment data) {
    tcp_probe_info.syn_retransmits(data, (byte) 6);
    tcp_probe_info.sk_err(data, (short) ETIMEDOUT);
  }

  private static RecordImage left() {
    return RecordImage.close().unackedBytes(1001).unreadBytes(1002);
  }

  private static RecordImage accepted() {
    return RecordImage.close().inbound().localAddress("2001:db8::1").peerAddress("2001:db8::2");
  }

  /** With all attributes, which take names from a file in {@code folder}. */
  static ExportLogsServiceRequest request(RecordImage image, Path folder) {
    LogEncoder encoder = new LogEncoder(WORKLOADS, ALL);
    try {
      Path names = folder.resolve("names");
      Files.writeString(names, "10.9.8.0/24 payments prod\n");
      encoder.setPeerNames(PeerNames.of(names));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    RecordEnvelope envelope = new RecordEnvelope(Resource.empty());
    RecordBatch batch =
        envelope.newBatch(envelope.smallestBatchBytes() + LogEncoder.MAX_RECORD_BYTES);
    return EncodedLogs.parse(
        EncodedLogs.request(encoder, WORKLOADS.of(PEER_POD), envelope, batch, List.of(image)));
  }

  static LogRecord record(RecordImage image, Path folder) {
    return request(image, folder).getResourceLogs(0).getScopeLogs(0).getLogRecords(0);
  }

  /** The attributes of each event, sorted; an update can have all that an end can. */
  static Map<LogEvent, Set<String>> attributes(Path folder) {
    Map<LogEvent, Set<String>> attributes = new EnumMap<>(LogEvent.class);
    for (RecordImage image : images().values()) {
      Set<String> keys =
          attributes.computeIfAbsent(LogEvent.of(image.view()), unknown -> new TreeSet<>());
      record(image, folder).getAttributesList().stream().map(KeyValue::getKey).forEach(keys::add);
    }
    attributes.get(LogEvent.UPDATE).addAll(attributes.get(LogEvent.END));
    return attributes;
  }
}
