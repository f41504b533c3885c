// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kubernetes;

import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.tcpotel.testing.OtlpLines;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** A log record of the end of a connection, as far as the traffic and the API server know it. */
record ConnectionEnd(
    String role,
    String local,
    String peer,
    String errorType,
    boolean established,
    long sent,
    long received,
    PodIdentity of) {
  /** With what neither of them knows. */
  record Arrived(ConnectionEnd end, boolean preexisting, String peerPodUid) {}

  /** What the Collector wrote so far. */
  static List<Arrived> read(Path file) {
    try {
      String text = Files.exists(file) ? Files.readString(file) : "";
      List<String> lines = text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
      return new OtlpLines(lines)
          .logsByConnection().values().stream()
              .flatMap(List::stream)
              .filter(sent -> sent.message().getEventName().equals("tcpotel.connection.end"))
              .map(ConnectionEnd::of)
              .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Arrived of(OtlpLines.Sent sent) {
    Map<String, String> log = strings(sent.message().getAttributesList());
    ConnectionEnd end =
        new ConnectionEnd(
            log.get("tcpotel.connection.role"),
            log.get("network.local.address") + ":" + log.get("network.local.port"),
            log.get("network.peer.address") + ":" + log.get("network.peer.port"),
            log.getOrDefault("error.type", ""),
            Boolean.parseBoolean(log.get("tcpotel.connection.established")),
            Long.parseLong(log.get("tcpotel.transmit.bytes")),
            Long.parseLong(log.get("tcpotel.receive.bytes")),
            PodIdentity.of(strings(sent.resource().getAttributesList())));
    return new Arrived(
        end,
        log.containsKey("tcpotel.connection.preexisting"),
        log.getOrDefault("tcpotel.peer.k8s.pod.uid", "none"));
  }

  private static Map<String, String> strings(List<KeyValue> attributes) {
    return attributes.stream()
        .collect(Collectors.toMap(KeyValue::getKey, each -> string(each.getValue())));
  }

  private static String string(AnyValue value) {
    return switch (value.getValueCase()) {
      case STRING_VALUE -> value.getStringValue();
      case INT_VALUE -> Long.toString(value.getIntValue());
      case BOOL_VALUE -> Boolean.toString(value.getBoolValue());
      default -> value.toString();
    };
  }

  /** The same with the name that its container's id has in {@code names}. */
  ConnectionEnd withContainer(Map<String, String> names) {
    PodIdentity named = of.withContainer(names.getOrDefault(of.containerId(), ""));
    return new ConnectionEnd(role, local, peer, errorType, established, sent, received, named);
  }

  /** Tells one end of a connection from all others. */
  String ends() {
    return role + " " + local + " " + peer;
  }
}
