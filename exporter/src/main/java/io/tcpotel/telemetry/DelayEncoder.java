// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.ClosedBy;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.ErrorType;
import io.tcpotel.record.LimitedBy;
import io.tcpotel.record.TimeoutCause;

/**
 * Writes the attributes that tell what held a connection up and how it ended. Nothing is written
 * for 0 or what is unknown. Hot: allocates nothing, throws nothing.
 */
final class DelayEncoder {
  private static final AttributeWriter NETWORK = AttributeWriter.of(LogAttribute.LIMITED_NETWORK);
  private static final AttributeWriter RECEIVER = AttributeWriter.of(LogAttribute.LIMITED_RECEIVER);
  private static final AttributeWriter SEND_BUFFER =
      AttributeWriter.of(LogAttribute.LIMITED_SEND_BUFFER);
  private static final AttributeWriter APPLICATION =
      AttributeWriter.of(LogAttribute.LIMITED_APPLICATION);
  private static final AttributeWriter STALLED = AttributeWriter.of(LogAttribute.STALLED_DURATION);
  private static final AttributeWriter TIMEOUTS = AttributeWriter.of(LogAttribute.TIMEOUTS);
  private static final AttributeWriter HANDSHAKE =
      AttributeWriter.of(LogAttribute.HANDSHAKE_DURATION);
  private static final AttributeWriter SYN_RETRANSMITS =
      AttributeWriter.of(LogAttribute.HANDSHAKE_RETRANSMITS);
  private static final AttributeWriter SPURIOUS =
      AttributeWriter.of(LogAttribute.SPURIOUS_RETRANSMITS);
  private static final AttributeWriter OUT_OF_ORDER =
      AttributeWriter.of(LogAttribute.OUT_OF_ORDER_SEGMENTS);
  private static final AttributeWriter DELIVERED_CE = AttributeWriter.of(LogAttribute.DELIVERED_CE);
  private static final AttributeWriter TRANSMIT_IDLE =
      AttributeWriter.of(LogAttribute.IDLE_TRANSMIT);
  private static final AttributeWriter RECEIVE_IDLE = AttributeWriter.of(LogAttribute.IDLE_RECEIVE);

  private static final ConstantAttribute[] LIMITED_BY =
      AttributeWriter.of(LogAttribute.LIMITED_BY).of(LimitedBy.values(), LimitedBy::value);
  private static final ConstantAttribute[] CLOSED_BY =
      AttributeWriter.of(LogAttribute.CONNECTION_CLOSE_BY).of(ClosedBy.values(), ClosedBy::value);
  private static final ConstantAttribute[] TIMEOUT_CAUSES =
      AttributeWriter.of(LogAttribute.TIMEOUT_CAUSE).of(TimeoutCause.values(), TimeoutCause::value);

  private DelayEncoder() {}

  /**
   * @param error null if it ended well, or has not ended
   * @param most the largest limit; null if there is none
   */
  static void write(
      AttributeOutput to, ConnectionRecord connection, ErrorType error, LimitedBy most) {
    writeEnd(to, connection, error);
    writeLimits(to, connection, most);
    STALLED.writeMs(to, connection.stalledMs());
    TIMEOUTS.writeCount(to, connection.timeouts());
    if (connection.handshakeUs() != 0) {
      HANDSHAKE.writeDouble(to, connection.handshakeUs() / 1e6);
    }
    SYN_RETRANSMITS.writeCount(to, connection.synRetransmits());
    SPURIOUS.writeCount(to, connection.spuriousRetransmits());
    OUT_OF_ORDER.writeCount(to, connection.outOfOrderSegments());
    DELIVERED_CE.writeCount(to, connection.deliveredCe());
    TRANSMIT_IDLE.writeMs(to, connection.hasSent() ? connection.transmitIdleMs() : 0);
    RECEIVE_IDLE.writeMs(to, connection.hasReceived() ? connection.receiveIdleMs() : 0);
  }

  private static void writeEnd(AttributeOutput to, ConnectionRecord connection, ErrorType error) {
    TimeoutCause cause = TimeoutCause.of(connection, error);
    if (cause != null) {
      TIMEOUT_CAUSES[cause.ordinal()].write(to);
    }
    ClosedBy closedBy = ClosedBy.of(connection);
    if (closedBy != null) {
      CLOSED_BY[closedBy.ordinal()].write(to);
    }
  }

  private static void writeLimits(AttributeOutput to, ConnectionRecord connection, LimitedBy most) {
    if (most != null) {
      LIMITED_BY[most.ordinal()].write(to);
    }
    NETWORK.writeMs(to, LimitedBy.NETWORK.ms(connection));
    RECEIVER.writeMs(to, LimitedBy.RECEIVER.ms(connection));
    SEND_BUFFER.writeMs(to, LimitedBy.SEND_BUFFER.ms(connection));
    APPLICATION.writeMs(to, LimitedBy.APPLICATION.ms(connection));
  }
}
