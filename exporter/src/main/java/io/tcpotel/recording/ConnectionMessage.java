// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.recording;

import io.tcpotel.proto.v1.Connection;
import io.tcpotel.record.ConnectionRecord;

/** The kernel's record as the protobuf message {@code tcpotel.v1.Connection}. */
public final class ConnectionMessage {
  private ConnectionMessage() {}

  /**
   * @param timeUnixNano wall clock of the record, ns since 1970
   */
  public static Connection of(ConnectionRecord record, long timeUnixNano) {
    Connection.Builder message = Connection.newBuilder();
    setIdentity(message, record);
    setTotals(message, record);
    setWaits(message, record);
    setCloser(message, record);
    return message.setTimeUnixNano(timeUnixNano).build();
  }

  private static void setIdentity(Connection.Builder message, ConnectionRecord record) {
    message
        .setKindValue(record.kind().number())
        .setTypeValue(record.type())
        .setProtocol(record.protocol())
        .setDirectionValue(record.direction())
        .setStateValue(record.state())
        .setPreviousStateValue(record.previousState())
        .setConnSuccess(record.connSuccess())
        .setOpenReported(record.openReported())
        .setClosedByValue(record.closedBy())
        .setFinReceived(record.finReceived())
        .setSkErr(record.skErr())
        .setTuple(
            Connection.Tuple.newBuilder()
                .setLocalAddress(record.localAddressText())
                .setLocalPort(record.localPort())
                .setPeerAddress(record.peerAddressText())
                .setPeerPort(record.peerPort()))
        .setGeneration((int) record.generation())
        .setSocketCookie(record.socketCookie())
        .setNetnsCookie(record.netnsCookie())
        .setCgroupId(record.cgroupId())
        .setDuration(record.durationNs())
        .setCloseNs(record.closeNs())
        .setPreexisting(record.preexisting())
        .setLocalIsn((int) record.localIsn())
        .setPeerIsn((int) record.peerIsn())
        .setPid((int) record.pid())
        .setCommand(record.command());
  }

  private static void setTotals(Connection.Builder message, ConnectionRecord record) {
    message
        .setSentBytes(record.sentBytes())
        .setReceivedBytes(record.receivedBytes())
        .setReportedSentBytes(record.reportedSentBytes())
        .setReportedReceivedBytes(record.reportedReceivedBytes())
        .setSegsOut((int) record.segsOut())
        .setSegsIn((int) record.segsIn())
        .setTotalRetrans((int) record.totalRetrans())
        .setLost((int) record.lost())
        .setReportedSegsOut((int) record.reportedSegsOut())
        .setReportedSegsIn((int) record.reportedSegsIn())
        .setReportedTotalRetrans((int) record.reportedTotalRetrans())
        .setReportedLost((int) record.reportedLost())
        .setLostOut((int) record.lostOut())
        .setUnackedBytes((int) record.unackedBytes())
        .setUnreadBytes((int) record.unreadBytes())
        .setSrttUs((int) record.srttEighthUs())
        .setRttMin((int) record.rttMinUs())
        .setMssCache((int) record.mssCache());
  }

  private static void setWaits(Connection.Builder message, ConnectionRecord record) {
    message
        .setSynRetransmits(record.synRetransmits())
        .setTimeoutsInARow(record.timeoutsInARow())
        .setWindowProbes(record.windowProbes())
        .setNetworkLimitedMs((int) record.networkLimitedMs())
        .setReceiverLimitedMs((int) record.receiverLimitedMs())
        .setSendBufferLimitedMs((int) record.sendBufferLimitedMs())
        .setStalledMs((int) record.stalledMs())
        .setReportedNetworkLimitedMs((int) record.reportedNetworkLimitedMs())
        .setReportedReceiverLimitedMs((int) record.reportedReceiverLimitedMs())
        .setReportedSendBufferLimitedMs((int) record.reportedSendBufferLimitedMs())
        .setReportedStalledMs((int) record.reportedStalledMs())
        .setSpuriousRetransmits((int) record.spuriousRetransmits())
        .setOutOfOrderSegments((int) record.outOfOrderSegments())
        .setReportedSpuriousRetransmits((int) record.reportedSpuriousRetransmits())
        .setReportedOutOfOrderSegments((int) record.reportedOutOfOrderSegments())
        .setTimeouts(record.timeouts())
        .setReportedTimeouts(record.reportedTimeouts())
        .setFlags(record.flags())
        .setReportedFlags(record.reportedFlags())
        .setHandshakeUs((int) record.handshakeUs())
        .setReorderings((int) record.reorderings())
        .setDeliveredCe((int) record.deliveredCe())
        .setMdevUs((int) record.mdevQuarterUs())
        .setSndCwnd((int) record.sndCwnd())
        .setTransmitIdleMs((int) record.transmitIdleMs())
        .setReceiveIdleMs((int) record.receiveIdleMs());
  }

  private static void setCloser(Connection.Builder message, ConnectionRecord record) {
    message
        .setUid((int) record.uid())
        .setSequence((int) record.sequence())
        .setCloserCgroupId(record.closerCgroupId())
        .setCloserPid((int) record.closerPid())
        .setCloserCommand(record.closerCommand())
        .setCongestion(record.congestion());
  }
}
