// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.record.ClosedBy;
import io.tcpotel.record.CommunityId;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.IpAddress;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.record.RecordUid;
import io.tcpotel.record.TcpState;
import io.tcpotel.record.TimeoutCause;
import io.tcpotel.workload.PeerName;
import io.tcpotel.workload.Workload;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.Function;

/**
 * The attributes of an access-log record, in the order in which they are written. Those of type
 * string say how long their text can be: the room that a batch keeps for a record follows from it.
 */
public enum LogAttribute {
  NETWORK_TRANSPORT("network.transport", 3),
  NETWORK_TYPE("network.type", 4),
  NETWORK_LOCAL_ADDRESS("network.local.address", IpAddress.MAX_TEXT_BYTES),
  NETWORK_LOCAL_PORT("network.local.port", "int"),
  NETWORK_PEER_ADDRESS("network.peer.address", IpAddress.MAX_TEXT_BYTES),
  NETWORK_PEER_PORT("network.peer.port", "int"),
  SERVER_PORT("server.port", "int"),
  ERROR_TYPE("error.type", longest(ErrorType.values(), ErrorType::value)),
  CONNECTION_ID("tcpotel.connection.id", 16),
  CONNECTION_ROLE(
      "tcpotel.connection.role", longest(ConnectionRole.values(), ConnectionRole::value)),
  NETWORK_CONNECTION_STATE("network.connection.state", longest(TcpState.values(), TcpState::value)),
  CONNECTION_ESTABLISHED("tcpotel.connection.established", "boolean"),
  CONNECTION_DURATION("tcpotel.connection.duration", "double, s"),
  CONNECTION_PREEXISTING("tcpotel.connection.preexisting", "boolean"),
  TRANSMIT_BYTES("tcpotel.transmit.bytes", "int, By"),
  RECEIVE_BYTES("tcpotel.receive.bytes", "int, By"),
  TRANSMIT_SEGMENTS("tcpotel.transmit.segments", "int, {segment}"),
  RECEIVE_SEGMENTS("tcpotel.receive.segments", "int, {segment}"),
  RETRANSMITS("tcpotel.retransmits", "int, {segment}"),
  RTT_SMOOTHED("tcpotel.rtt.smoothed", "double, s"),
  RTT_MIN("tcpotel.rtt.min", "double, s"),
  MSS("tcpotel.mss", "int, By"),
  TIMEOUT_CAUSE("tcpotel.timeout.cause", longest(TimeoutCause.values(), TimeoutCause::value)),
  CONNECTION_CLOSE_BY("tcpotel.connection.close.by", longest(ClosedBy.values(), ClosedBy::value)),
  LIMITED_BY("tcpotel.limited_by", longest(LimitedBy.values(), LimitedBy::value)),
  LIMITED_NETWORK("tcpotel.limited.network", "double, s"),
  LIMITED_RECEIVER("tcpotel.limited.receiver", "double, s"),
  LIMITED_SEND_BUFFER("tcpotel.limited.send_buffer", "double, s"),
  LIMITED_APPLICATION("tcpotel.limited.application", "double, s"),
  STALLED_DURATION("tcpotel.stalled.duration", "double, s"),
  TIMEOUTS("tcpotel.timeouts", "int, {timeout}"),
  HANDSHAKE_DURATION("tcpotel.handshake.duration", "double, s"),
  HANDSHAKE_RETRANSMITS("tcpotel.handshake.retransmits", "int, {segment}"),
  SPURIOUS_RETRANSMITS("tcpotel.spurious_retransmits", "int, {segment}"),
  OUT_OF_ORDER_SEGMENTS("tcpotel.out_of_order_segments", "int, {segment}"),
  DELIVERED_CE("tcpotel.delivered_ce", "int, {segment}"),
  IDLE_TRANSMIT("tcpotel.idle.transmit", "double, s"),
  IDLE_RECEIVE("tcpotel.idle.receive", "double, s"),
  PROCESS_PID("process.pid", "int"),
  PROCESS_EXECUTABLE_NAME("process.executable.name", ProbeAbi.TCP_PROBE_COMMAND_LENGTH()),
  USER_ID("user.id", 10),
  CLOSER_PID("tcpotel.closer.process.pid", "int"),
  CLOSER_EXECUTABLE_NAME(
      "tcpotel.closer.process.executable.name", ProbeAbi.TCP_PROBE_COMMAND_LENGTH()),
  SERVICE_PEER_NAME("service.peer.name", PeerName.MAX_BYTES),
  SERVICE_PEER_NAMESPACE("service.peer.namespace", PeerName.MAX_BYTES),
  PEER_CONTAINER_ID("tcpotel.peer.container.id", Workload.MAX_CONTAINER_ID_BYTES),
  PEER_K8S_POD_UID("tcpotel.peer.k8s.pod.uid", 36),
  LISTENER_CONTAINER_ID("tcpotel.listener.container.id", Workload.MAX_CONTAINER_ID_BYTES),
  LISTENER_K8S_POD_UID("tcpotel.listener.k8s.pod.uid", 36),
  LISTENER_SERVICE_NAME("tcpotel.listener.service.name", PeerName.MAX_BYTES),
  SAMPLING_THRESHOLD("sampling.threshold", 8),
  SAMPLING_RANDOMNESS("sampling.randomness", 14),
  NETNS_ID("tcpotel.netns.id", "int", Selection.OPT_IN),
  LOST("tcpotel.lost", "int, {segment}", Selection.OPT_IN),
  UNACKNOWLEDGED_BYTES("tcpotel.unacknowledged.bytes", "int, By", Selection.OPT_IN),
  UNREAD_BYTES("tcpotel.unread.bytes", "int, By", Selection.OPT_IN),
  CONNECTION_SEQUENCE("tcpotel.connection.sequence", "int", Selection.OPT_IN),
  COMMUNITY_ID("tcpotel.connection.community_id", CommunityId.TEXT_BYTES, Selection.OPT_IN),
  RECORD_UID("log.record.uid", RecordUid.TEXT_BYTES, Selection.OPT_IN),
  EVENT_NAME("tcpotel.event.name", longest(LogEvent.values(), LogEvent::key), Selection.OPT_IN);

  private enum Selection {
    DEFAULT,
    OPT_IN
  }

  private final String key;
  private final String type;
  private final int longestText;
  private final Selection selection;

  /** Of another type than string. */
  LogAttribute(String key, String type) {
    this(key, type, Selection.DEFAULT);
  }

  /** Likewise. */
  LogAttribute(String key, String type, Selection selection) {
    this(key, type, 0, selection);
  }

  /** Of type string. */
  LogAttribute(String key, int longestText) {
    this(key, longestText, Selection.DEFAULT);
  }

  /** Likewise. */
  LogAttribute(String key, int longestText, Selection selection) {
    this(key, "string", longestText, selection);
  }

  LogAttribute(String key, String type, int longestText, Selection selection) {
    this.key = key;
    this.type = type;
    this.longestText = longestText;
    this.selection = selection;
  }

  /** Those of a record if nothing else is asked for. */
  public static Set<LogAttribute> defaults() {
    Set<LogAttribute> defaults = EnumSet.allOf(LogAttribute.class);
    defaults.removeIf(LogAttribute::isOptIn);
    return defaults;
  }

  /** Whether a record has it only if it is asked for. */
  public boolean isOptIn() {
    return selection == Selection.OPT_IN;
  }

  private static <T> int longest(T[] values, Function<T, String> text) {
    return Arrays.stream(values).map(text).mapToInt(String::length).max().orElseThrow();
  }

  /** Bytes of the longest text, of one of type string. */
  int longestText() {
    return longestText;
  }

  public String key() {
    return key;
  }

  /** Type and unit. */
  public String type() {
    return type;
  }
}
