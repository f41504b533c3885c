// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.workload.ByWorkload;
import io.tcpotel.workload.PeerName;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Writes the attributes that tell whose the other end is, and whose the listener is where the
 * resource is the closer's. Hot: allocates once per name and workload, throws nothing. One thread
 * uses it.
 */
final class PeerEncoder {
  /** The name that {@code service.peer.name} had before; traces are still searched for it. */
  private static final AttributeWriter PEER_SERVICE =
      AttributeWriter.named("peer.service", LogAttribute.SERVICE_PEER_NAME);

  static final int MAX_PEER_SERVICE_BYTES =
      AttributeWriter.longestBytes(PEER_SERVICE, LogAttribute.SERVICE_PEER_NAME);

  private final WorkloadTable workloads;
  private PeerNames names = PeerNames.none();

  /** By the number of the name. */
  private ConstantBytes[] byName = new ConstantBytes[1];

  private final ByWorkload<Encoded> byWorkload = new ByWorkload<>();

  /** A workload's attributes: as a peer, its name as a peer, and as the listener. */
  private record Encoded(ConstantBytes peer, ConstantBytes peerName, ConstantBytes listener) {}

  PeerEncoder(WorkloadTable workloads) {
    this.workloads = workloads;
  }

  void setNames(PeerNames names) {
    this.names = names;
  }

  /**
   * @param peer the workload of the other end; null if it is unknown
   */
  void write(AttributeOutput to, ConnectionRecord connection, Workload peer) {
    PeerName name = names.of(connection);
    if (name != null) {
      to.constant(encoded(to, name));
    }
    if (peer != null) {
      Encoded encoded = encoded(to, peer);
      to.constant(encoded.peer);
      if (name == null) {
        to.constant(encoded.peerName);
      }
    }
    if (LogOwner.mayBeCloser(connection)) {
      writeListener(to, connection);
    }
  }

  private void writeListener(AttributeOutput to, ConnectionRecord connection) {
    Workload listener = workloads.of(connection.cgroupId());
    if (listener != LogOwner.of(connection, workloads)) {
      to.constant(encoded(to, listener).listener);
    }
  }

  private ConstantBytes encoded(AttributeOutput to, PeerName name) {
    int number = name.number();
    if (number >= byName.length) {
      byName = Arrays.copyOf(byName, 2 * number);
    }
    if (byName[number] == null) {
      byName[number] =
          all(
              to,
              LogAttribute.SERVICE_PEER_NAME,
              name.name(),
              LogAttribute.SERVICE_PEER_NAMESPACE,
              name.namespace());
    }
    return byName[number];
  }

  private Encoded encoded(AttributeOutput to, Workload workload) {
    Encoded known = byWorkload.get(workload);
    if (known == null) {
      known = encode(to, workload);
      byWorkload.put(workload, known);
    }
    return known;
  }

  private static Encoded encode(AttributeOutput to, Workload workload) {
    String container = workload.containerId();
    String pod = workload.podUid();
    String service = workload.serviceName();
    return new Encoded(
        all(to, LogAttribute.PEER_CONTAINER_ID, container, LogAttribute.PEER_K8S_POD_UID, pod),
        all(to, LogAttribute.SERVICE_PEER_NAME, service),
        all(
            to,
            LogAttribute.LISTENER_CONTAINER_ID,
            container,
            LogAttribute.LISTENER_K8S_POD_UID,
            pod,
            LogAttribute.LISTENER_SERVICE_NAME,
            service));
  }

  /**
   * Attributes with their values; without those that are unknown, or too long for the table. They
   * are written where {@code to} is, which has room for them, and taken back.
   */
  private static ConstantBytes all(AttributeOutput to, Object... attributesAndValues) {
    int begin = to.at;
    for (int i = 0; i < attributesAndValues.length; i += 2) {
      LogAttribute attribute = (LogAttribute) attributesAndValues[i];
      String value = (String) attributesAndValues[i + 1];
      byte[] text = value == null ? new byte[0] : value.getBytes(StandardCharsets.UTF_8);
      if (text.length > 0 && text.length <= attribute.longestText()) {
        AttributeWriter.of(attribute).writeString(to, text, text.length);
        if (attribute == LogAttribute.SERVICE_PEER_NAME && to.isOfSpan()) {
          PEER_SERVICE.writeString(to, text, text.length);
        }
      }
    }
    int length = to.at - begin;
    to.at = begin;
    return ConstantBytes.of(Arrays.copyOfRange(to.bytes, begin, begin + length), length);
  }
}
