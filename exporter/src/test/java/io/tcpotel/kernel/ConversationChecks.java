// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.kernel;

import io.tcpotel.bpf.abi.ProbeAbi;
import io.tcpotel.bpf.abi.tcp_probe_info;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ConnectionRole;
import io.tcpotel.record.ErrorType;
import io.tcpotel.testing.TcpInfo;
import java.util.HexFormat;
import java.util.List;
import org.assertj.core.api.SoftAssertions;

/** Holds every field of a conversation's four records against what the conversation knows. */
record ConversationChecks(SoftAssertions softly, long netnsCookie, long cgroupId, long capturedNs) {
  private static final int IPPROTO_TCP = 6;
  private static final int LOOPBACK_MTU = 65_536;

  void check(Conversation conversation, List<CapturedRecord> captured) {
    for (boolean client : new boolean[] {true, false}) {
      Conversation.End end = conversation.end(client);
      CapturedRecord open =
          CapturedConnections.only(captured, true, client, end.local().port(), end.peer().port());
      CapturedRecord close =
          CapturedConnections.only(captured, false, client, end.local().port(), end.peer().port());
      checkOpen(conversation, client, open);
      checkClose(conversation, client, close);
      softly.assertThat(captured.indexOf(open)).isLessThan(captured.indexOf(close));
    }
  }

  private static String about(String kind, boolean client, Conversation conversation) {
    return kind + " of the " + (client ? "client" : "server") + " of " + conversation;
  }

  private FieldChecks identity(
      String kind, Conversation conversation, boolean client, CapturedRecord record) {
    Conversation.End end = conversation.end(client);
    boolean v4 = !conversation.plan().address().equals("::1");
    String address = v4 ? "127.0.0.1" : "::1";
    return new FieldChecks(softly, about(kind, client, conversation), record)
        .is("version", ProbeAbi.TCP_PROBE_VERSION())
        .is("size", tcp_probe_info.sizeof())
        .is("type", v4 ? ConnectionRecord.IPV4 : ConnectionRecord.IPV6)
        .is("protocol", IPPROTO_TCP)
        .is("direction", client ? ProbeAbi.TCP_PROBE_OUTBOUND() : ProbeAbi.TCP_PROBE_INBOUND())
        .is("connSuccess", true)
        .is("openReported", true)
        .is("localAddress", address)
        .is("peerAddress", address)
        .is("localPort", end.local().port())
        .is("peerPort", end.peer().port())
        .is("generation", conversation.generation(client))
        .is("socketCookie", end.cookie())
        .is("netnsCookie", netnsCookie)
        .is("cgroupId", cgroupId)
        .is("pid", ProcessHandle.current().pid())
        .is("command", end.command())
        .zero("reportedSentBytes", "reportedReceivedBytes")
        .zero("reportedSegsOut", "reportedSegsIn", "reportedTotalRetrans");
  }

  private void checkOpen(Conversation conversation, boolean client, CapturedRecord open) {
    TcpInfo info = conversation.end(client).opened();
    long handshakeNs = conversation.afterAcceptNs() - conversation.beforeConnectNs();
    identity("open", conversation, client, open)
        .is("kind", ProbeAbi.TCP_PROBE_OPEN())
        .is("state", TcpInfo.ESTABLISHED)
        .is("previousState", client ? TcpInfo.SYN_SENT : TcpInfo.SYN_RECV)
        .is("finReceived", false)
        .zero("closedBy", "skErr", "sentBytes", "receivedBytes", "totalRetrans", "lost", "lostOut")
        .zero("unackedBytes", "unreadBytes")
        .within("durationNs", 0, client ? handshakeNs : 0)
        .within("closeNs", conversation.beforeConnectNs(), conversation.afterAcceptNs())
        .within("segsOut", client ? 1 : 0, info.segsOut())
        .within("segsIn", client ? 1 : 0, info.segsIn())
        .within("srttUs", info.rttUs() * 8, info.rttUs() * 8 + 7)
        .is("rttMin", info.minRttUs())
        .is("mssCache", info.sndMssBytes())
        .done();
    softly
        .assertThat(ConnectionRole.of(open.view()))
        .isEqualTo(client ? ConnectionRole.CLIENT : ConnectionRole.SERVER);
  }

  private void checkClose(Conversation conversation, boolean client, CapturedRecord close) {
    Conversation.End end = conversation.end(client);
    Ending.Facts facts = conversation.plan().ending().facts(client);
    TcpInfo info = end.last();
    boolean unread = conversation.plan().ending().leavesUnread(client);
    boolean aborted = facts.closedBy() == ProbeAbi.TCP_PROBE_CLOSED_BY_ABORT();
    identity("close", conversation, client, close)
        .is("kind", ProbeAbi.TCP_PROBE_CLOSE())
        .is("state", TcpInfo.CLOSE)
        .is("previousState", facts.previousState())
        .is("closedBy", facts.closedBy())
        .is("finReceived", facts.finReceived())
        .is("skErr", facts.skErr())
        .is("sentBytes", conversation.sentBytes(client))
        .is("receivedBytes", conversation.sentBytes(!client))
        .is("unreadBytes", unread ? Conversation.UNREAD_BYTES : 0)
        .zero("unackedBytes", "totalRetrans", "lost", "lostOut")
        .within("segsOut", info.segsOut(), info.segsOut() + 6)
        .within("segsIn", info.segsIn(), info.segsIn() + 6)
        .within("srttUs", info.rttUs() * 8, info.rttUs() * 8 + 7)
        .is("rttMin", info.minRttUs())
        // Set anew when something is sent, a FIN too: at most half of the peer's greatest window.
        .within("mssCache", info.sndMssBytes(), aborted ? info.sndMssBytes() : LOOPBACK_MTU)
        .within("closeNs", conversation.beforeEndNs(), capturedNs)
        .within(
            "durationNs",
            conversation.beforeEndNs() - conversation.afterAcceptNs(),
            capturedNs - conversation.beforeConnectNs())
        .done();
    softly
        .assertThat(close.closeNs() - close.durationNs())
        .as("begin of %s", conversation)
        .isBetween(conversation.beforeConnectNs(), conversation.afterAcceptNs());
    softly
        .assertThat(ErrorType.of(close.view()))
        .as(about("error", client, conversation))
        .isEqualTo(facts.errorType());
    softly
        .assertThat(HexFormat.of().toHexDigits(close.view().connectionId()))
        .isEqualTo("%04x%012x".formatted(conversation.generation(client), end.cookie()));
  }
}
