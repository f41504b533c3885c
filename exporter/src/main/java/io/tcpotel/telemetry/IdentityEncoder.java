// SPDX-License-Identifier: Apache-2.0
package io.tcpotel.telemetry;

import io.tcpotel.record.CommunityId;
import io.tcpotel.record.ConnectionRecord;
import io.tcpotel.record.RecordUid;

/**
 * Writes the attributes that identify a connection or a record to other programs. Hot: allocates
 * nothing, throws nothing. One thread uses it.
 */
final class IdentityEncoder {
  private static final AttributeWriter SEQUENCE =
      AttributeWriter.of(LogAttribute.CONNECTION_SEQUENCE);
  private static final AttributeWriter COMMUNITY_ID = AttributeWriter.of(LogAttribute.COMMUNITY_ID);
  private static final AttributeWriter RECORD_UID = AttributeWriter.of(LogAttribute.RECORD_UID);

  private static final ConstantAttribute[] EVENT_NAMES =
      AttributeWriter.of(LogAttribute.EVENT_NAME).of(LogEvent.values(), LogEvent::key);

  private final CommunityId communityId = new CommunityId();
  private final RecordUid uid = new RecordUid();
  private final byte[] text = new byte[RecordUid.TEXT_BYTES];

  void write(AttributeOutput to, ConnectionRecord connection, LogEvent event) {
    if (event == LogEvent.START) {
      SEQUENCE.writeInt(to, 0);
    } else if (connection.hasSequence()) {
      SEQUENCE.writeInt(to, connection.sequence());
    }
    if (COMMUNITY_ID.isIn(to)) {
      COMMUNITY_ID.writeString(to, text, communityId.write(connection, text));
    }
    if (RECORD_UID.isIn(to)) {
      uid.take(connection);
      RECORD_UID.writeString(to, text, HexText.writeUuid(uid.high(), uid.low(), text));
    }
    EVENT_NAMES[event.ordinal()].write(to);
  }
}
