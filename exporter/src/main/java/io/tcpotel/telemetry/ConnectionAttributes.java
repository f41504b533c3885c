// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.TcpState;
import io.tcpotel.workload.PeerNames;
import io.tcpotel.workload.Workload;
import io.tcpotel.workload.WorkloadTable;
import java.util.Arrays;
import java.util.List;

/**
 * Writes the attributes of a connection, of a log record or a span. Hot: allocates nothing, throws
 * nothing. One thread uses it.
 */
final class ConnectionAttributes {
  /** Bytes of all attributes with their longest values. */
  static final int MAX_BYTES =
      Arrays.stream(LogAttribute.values()).mapToInt(AttributeWriter::longestBytes).sum();

  private static final AttributeWriter NETWORK_LOCAL_ADDRESS =
      AttributeWriter.of(LogAttribute.NETWORK_LOCAL_ADDRESS);
  private static final AttributeWriter NETWORK_LOCAL_PORT =
      AttributeWriter.of(LogAttribute.NETWORK_LOCAL_PORT);
  private static final AttributeWriter NETWORK_PEER_ADDRESS =
      AttributeWriter.of(LogAttribute.NETWORK_PEER_ADDRESS);
  private static final AttributeWriter NETWORK_PEER_PORT =
      AttributeWriter.of(LogAttribute.NETWORK_PEER_PORT);
  private static final AttributeWriter SERVER_PORT = AttributeWriter.of(LogAttribute.SERVER_PORT);
  private static final AttributeWriter CONNECTION_ID =
      AttributeWriter.of(LogAttribute.CONNECTION_ID);
  private static final AttributeWriter CONNECTION_DURATION =
      AttributeWriter.of(LogAttribute.CONNECTION_DURATION);
  private static final AttributeWriter TRANSMIT_BYTES =
      AttributeWriter.of(LogAttribute.TRANSMIT_BYTES);
  private static final AttributeWriter RECEIVE_BYTES =
      AttributeWriter.of(LogAttribute.RECEIVE_BYTES);
  private static final AttributeWriter TRANSMIT_SEGMENTS =
      AttributeWriter.of(LogAttribute.TRANSMIT_SEGMENTS);
  private static final AttributeWriter RECEIVE_SEGMENTS =
      AttributeWriter.of(LogAttribute.RECEIVE_SEGMENTS);
  private static final AttributeWriter RETRANSMITS = AttributeWriter.of(LogAttribute.RETRANSMITS);
  private static final AttributeWriter RTT_SMOOTHED = AttributeWriter.of(LogAttribute.RTT_SMOOTHED);
  private static final AttributeWriter RTT_MIN = AttributeWriter.of(LogAttribute.RTT_MIN);
  private static final AttributeWriter MSS = AttributeWriter.of(LogAttribute.MSS);

  private static final AttributeWriter NETNS_ID = AttributeWriter.of(LogAttribute.NETNS_ID);
  private static final AttributeWriter LOST = AttributeWriter.of(LogAttribute.LOST);
  private static final AttributeWriter UNACKNOWLEDGED =
      AttributeWriter.of(LogAttribute.UNACKNOWLEDGED_BYTES);
  private static final AttributeWriter UNREAD = AttributeWriter.of(LogAttribute.UNREAD_BYTES);

  private static final ConstantAttribute TCP =
      AttributeWriter.of(LogAttribute.NETWORK_TRANSPORT).of("tcp");
  private static final ConstantAttribute IPV4 =
      AttributeWriter.of(LogAttribute.NETWORK_TYPE).of("ipv4");
  private static final ConstantAttribute IPV6 =
      AttributeWriter.of(LogAttribute.NETWORK_TYPE).of("ipv6");
  private static final ConstantAttribute ESTABLISHED =
      AttributeWriter.of(LogAttribute.CONNECTION_ESTABLISHED).of(true);
  private static final ConstantAttribute NOT_ESTABLISHED =
      AttributeWriter.of(LogAttribute.CONNECTION_ESTABLISHED).of(false);
  private static final ConstantAttribute PREEXISTING =
      AttributeWriter.of(LogAttribute.CONNECTION_PREEXISTING).of(true);
  private static final ConstantAttribute[] STATES =
      AttributeWriter.of(LogAttribute.NETWORK_CONNECTION_STATE)
          .of(TcpState.values(), TcpState::value);
  private static final ConstantAttribute[] ROLES =
      AttributeWriter.of(LogAttribute.CONNECTION_ROLE)
          .of(ConnectionRole.values(), ConnectionRole::value);
  private static final ConstantAttribute[] ERRORS =
      AttributeWriter.of(LogAttribute.ERROR_TYPE).of(ErrorType.values(), ErrorType::value);

  private final AttributeOutput to;
  private final ProcessEncoder process = new ProcessEncoder();
  private final PeerEncoder peers;
  private final IdentityEncoder identity = new IdentityEncoder();
  private final byte[] text = new byte[HexText.BYTES];

  /**
   * @param to where the log record or the span is written, with {@link #MAX_BYTES} of room
   * @param workloads to which the records belong
   */
  ConnectionAttributes(AttributeOutput to, WorkloadTable workloads) {
    this.to = to;
    this.peers = new PeerEncoder(workloads);
  }

  /** The names of peers from now on. */
  void setPeerNames(PeerNames names) {
    peers.setNames(names);
  }

  /** Write those that are selected and known, in this order. */
  List<RecordPart> parts() {
    return List.of(
        (connection, event, role, error, limit, peer, timeNs) -> writeEnds(connection, role, error),
        (connection, event, role, error, limit, peer, timeNs) ->
            writeCourse(connection, event, error),
        (connection, event, role, error, limit, peer, timeNs) -> {
          if (hasTotals(event, error)) {
            DelayEncoder.write(to, connection, error, limit);
          }
        },
        (connection, event, role, error, limit, peer, timeNs) ->
            writeOwners(connection, event, peer));
  }

  private static boolean hasTotals(LogEvent event, ErrorType error) {
    return event != LogEvent.START && error != ErrorType.UNOBSERVED;
  }

  private void writeEnds(ConnectionRecord connection, ConnectionRole role, ErrorType error) {
    TCP.write(to);
    (connection.type() == ConnectionRecord.IPV4 ? IPV4 : IPV6).write(to);
    NETWORK_LOCAL_ADDRESS.writeAddress(to, connection.localText());
    NETWORK_LOCAL_PORT.writeInt(to, connection.localPort());
    NETWORK_PEER_ADDRESS.writeAddress(to, connection.peerText());
    NETWORK_PEER_PORT.writeInt(to, connection.peerPort());
    if (role != ConnectionRole.UNKNOWN) {
      SERVER_PORT.writeInt(to, role.serverPort(connection));
    }
    if (error != null) {
      ERRORS[error.ordinal()].write(to);
    }
    CONNECTION_ID.writeString(to, text, HexText.write(connection.connectionId(), text, 0));
    ROLES[role.ordinal()].write(to);
  }

  private void writeCourse(ConnectionRecord connection, LogEvent event, ErrorType error) {
    if (event != LogEvent.END) {
      writeState(connection);
    }
    if (error != ErrorType.UNOBSERVED) {
      writeProgress(connection);
    }
    if (hasTotals(event, error)) {
      writeTotals(connection);
    }
  }

  /** A state that this program does not know, of a newer kernel, is left out. */
  private void writeState(ConnectionRecord connection) {
    TcpState state = TcpState.of(connection.state());
    if (state != null) {
      STATES[state.ordinal()].write(to);
    }
  }

  private void writeProgress(ConnectionRecord connection) {
    (connection.connSuccess() ? ESTABLISHED : NOT_ESTABLISHED).write(to);
    CONNECTION_DURATION.writeDouble(to, connection.durationNs() / 1e9);
    if (connection.preexisting()) {
      PREEXISTING.write(to);
    }
  }

  private void writeOwners(ConnectionRecord connection, LogEvent event, Workload peer) {
    process.write(to, connection);
    peers.write(to, connection, peer);
    NETNS_ID.writeInt(to, connection.netnsCookie());
    if (event != LogEvent.START) {
      LOST.writeCount(to, connection.lost());
      UNACKNOWLEDGED.writeCount(to, connection.unackedBytes());
      UNREAD.writeCount(to, connection.unreadBytes());
    }
    identity.write(to, connection, event);
  }

  private void writeTotals(ConnectionRecord connection) {
    TRANSMIT_BYTES.writeInt(to, connection.sentBytes());
    RECEIVE_BYTES.writeInt(to, connection.receivedBytes());
    TRANSMIT_SEGMENTS.writeInt(to, connection.segsOut());
    RECEIVE_SEGMENTS.writeInt(to, connection.segsIn());
    RETRANSMITS.writeInt(to, connection.totalRetrans());
    if (connection.srttNs() != 0) {
      RTT_SMOOTHED.writeDouble(to, connection.srttNs() / 1e9);
    }
    if (connection.rttMinUs() != 0) {
      RTT_MIN.writeDouble(to, connection.rttMinUs() / 1e6);
    }
    if (connection.mssCache() != 0) {
      MSS.writeInt(to, connection.mssCache());
    }
  }
}
